//! The JSON Schema of types that are written as other ones.

/// A type that `serde` writes as another one (`into`) has that one's schema.
macro_rules! same_schema {
    ($type:ty, $form:ty) => {
        impl ::schemars::JsonSchema for $type {
            fn inline_schema() -> bool {
                <$form as ::schemars::JsonSchema>::inline_schema()
            }

            fn schema_name() -> ::std::borrow::Cow<'static, str> {
                <$form as ::schemars::JsonSchema>::schema_name()
            }

            fn json_schema(generator: &mut ::schemars::SchemaGenerator) -> ::schemars::Schema {
                <$form as ::schemars::JsonSchema>::json_schema(generator)
            }
        }
    };
}

pub(crate) use same_schema;
