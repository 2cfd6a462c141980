//! What an addon of Node needs of the linker.

fn main() {
    napi_build::setup();
    // Node unloads an addon when the last thread that asked for it ends, although threads of the engine may still run, and
    // the allocator has what to do at the end of each thread.
    if std::env::var("CARGO_CFG_TARGET_OS").is_ok_and(|os| os == "linux") {
        println!("cargo::rustc-cdylib-link-arg=-Wl,-z,nodelete");
    }
}
