//! Bounds of what comes in from outside.

use serde_json::Value;

use crate::base::Payload;

/// How deep a payload may be nested. JSON readers stop at 128, and a record nests its payloads a little deeper.
const DEPTH: usize = 100;

/// Why a payload is not taken: too many bytes, or nested too deeply. None if it is.
pub(crate) fn too_large(payload: &Payload, bytes: usize) -> Option<String> {
    let size = payload.size();
    if size > bytes {
        return Some(format!(
            "has about {size} bytes, more than the {bytes} that are taken; store large data elsewhere and pass on where \
             it is"
        ));
    }
    is_deeper(payload, DEPTH).then(|| format!("is nested more than {DEPTH} deep; flatten it"))
}

fn is_deeper(value: &Value, most: usize) -> bool {
    match value {
        Value::Array(items) => most == 0 || items.iter().any(|item| is_deeper(item, most - 1)),
        Value::Object(fields) => most == 0 || fields.values().any(|field| is_deeper(field, most - 1)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nested(depth: usize) -> Payload {
        Payload::from((0..depth).fold(Value::Null, |inner, _| Value::Array(vec![inner])))
    }

    #[test]
    fn large_and_deep_payloads_are_refused() {
        assert_eq!(too_large(&nested(100), 10_000), None);
        assert!(too_large(&nested(101), 10_000).unwrap().contains("100 deep"));
        assert!(too_large(&Payload::from(Value::from("x".repeat(50))), 40).unwrap().contains("40"));
    }
}
