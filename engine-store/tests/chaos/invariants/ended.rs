//! Everything comes to its end.

use flowwright::protocol::InstanceStatus;
use serde_json::json;

use crate::end::End;
use crate::flows::output_of_job;

/// Every instance completes with the output that its input asks for, and nothing waits for an instance any more.
pub fn check(end: &End) {
    for (id, life) in &end.lives {
        let (status, error) = (life.state.status(), life.state.error());
        assert_eq!(status, InstanceStatus::Completed, "{id}: {error:?}{}", life.story());
        let expected = match life.number() {
            Some(n) => output_of_job(n),
            None => life.state.input()["n"].clone(),
        };
        assert_eq!(*life.state.output(), expected, "{id}: the output{}", life.story());
        let row = life.summary.row.result.as_deref();
        assert_eq!(row, Some(json!(expected).to_string().as_str()), "{id}: the output in its row");
    }
    assert!(end.mail.is_empty(), "mail is left for {:?}", end.mail);
}
