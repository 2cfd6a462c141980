//! One way of writing setters, so that no field's logic is written twice.

/// Declares setters of fields, each in one of these forms:
///
/// * `set`: the value itself; `some`: the value, where the field is optional;
/// * `list`: all of an iterator, after what is there;
/// * `push NAME`: one value, after what is there; `entry NAME`: one name and value.
macro_rules! setters {
    ($owner:ty, $doc:ident, |$this:ident| $place:expr, { $($form:ident $(($name:ident))? $field:ident: $type:ty;)+ }) => {
        impl $owner {
            $($crate::definition::builder::setters::setter!(
                $form, $doc, [$this, $place], [$($name)?], $field, $type
            );)+
        }
    };
}

macro_rules! setter {
    (set, $doc:ident, [$this:ident, $place:expr], [], $field:ident, $type:ty) => {
        #[doc = concat!("Sets [`", stringify!($doc), "::", stringify!($field), "`](", stringify!($doc), ").")]
        #[must_use]
        pub fn $field(mut self, value: impl Into<$type>) -> Self {
            let $this = &mut self;
            $place.$field = value.into();
            self
        }
    };
    (some, $doc:ident, [$this:ident, $place:expr], [], $field:ident, $type:ty) => {
        #[doc = concat!("Sets [`", stringify!($doc), "::", stringify!($field), "`](", stringify!($doc), ").")]
        #[must_use]
        pub fn $field(mut self, value: impl Into<$type>) -> Self {
            let $this = &mut self;
            $place.$field = Some(value.into());
            self
        }
    };
    (list, $doc:ident, [$this:ident, $place:expr], [], $field:ident, $type:ty) => {
        #[doc = concat!("Adds to [`", stringify!($doc), "::", stringify!($field), "`](", stringify!($doc), ").")]
        #[must_use]
        pub fn $field(mut self, values: impl IntoIterator<Item = impl Into<$type>>) -> Self {
            let $this = &mut self;
            $place.$field.extend(values.into_iter().map(Into::into));
            self
        }
    };
    (push, $doc:ident, [$this:ident, $place:expr], [$name:ident], $field:ident, $type:ty) => {
        #[doc = concat!("Adds one to [`", stringify!($doc), "::", stringify!($field), "`](", stringify!($doc), ").")]
        #[must_use]
        pub fn $name(mut self, value: impl Into<$type>) -> Self {
            let $this = &mut self;
            $place.$field.push(value.into());
            self
        }
    };
    (entry, $doc:ident, [$this:ident, $place:expr], [$name:ident], $field:ident, $type:ty) => {
        #[doc = concat!("Adds one to [`", stringify!($doc), "::", stringify!($field), "`](", stringify!($doc), ").")]
        #[must_use]
        pub fn $name(mut self, name: impl Into<String>, value: impl Into<$type>) -> Self {
            let $this = &mut self;
            $place.$field.insert(name.into(), value.into());
            self
        }
    };
}

pub(super) use {setter, setters};
