//! Waking the event loop of Node.

use std::sync::Arc;

use napi::Status;
use napi::bindgen_prelude::Function;
use napi::threadsafe_function::{ThreadsafeFunction, ThreadsafeFunctionCallMode};

/// A function of JavaScript that any thread may have called. It is weak: that it may be called keeps no process alive.
type Woken = ThreadsafeFunction<(), (), (), Status, false, true>;

/// Calls a function of JavaScript on its own event loop. Cheap, never blocks; nothing happens once the loop has ended.
#[derive(Clone)]
pub(crate) struct Wake(Arc<Woken>);

impl Wake {
    pub fn new(callback: &Function<'_, (), ()>) -> napi::Result<Self> {
        let woken = callback.build_threadsafe_function().callee_handled::<false>().weak::<true>().build()?;
        Ok(Self(Arc::new(woken)))
    }

    pub fn call(&self) {
        let _gone = self.0.call((), ThreadsafeFunctionCallMode::NonBlocking);
    }
}
