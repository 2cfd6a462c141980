//! What an addon of Node needs of the linker.

fn main() {
    napi_build::setup();
}
