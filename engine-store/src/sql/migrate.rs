//! Bringing a database to the newest version: what is to be done, decided without a database.

use flowwright::base::{Error, ErrorKind, Result};

/// Marks a database as one of ours: "FLWR".
pub(crate) const APPLICATION_ID: i32 = 0x464C_5752;

/// The lowest schema version that a release must know to work on a database of the newest version.
pub(crate) const COMPATIBLE: i32 = 1;

/// One step of the schema.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Step {
    /// The version that the schema has after it: 1, 2, 3, …
    pub version: i32,
    pub sql: &'static str,
}

/// What a database says of itself.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Found {
    pub application_id: i32,
    pub version: i32,
    /// The lowest version that a release must know to work on it; 0 where it does not say.
    pub compatible: i32,
    /// Whether it has no tables at all.
    pub empty: bool,
}

/// The steps that a database still needs, oldest first.
///
/// # Errors
/// `StoreForeign` for a database of something else, `StoreNewer` for one that this release cannot work on.
pub(crate) fn plan(found: Found, steps: &'static [Step]) -> Result<&'static [Step]> {
    let newest = steps.last().map_or(0, |step| step.version);
    let fresh = found.empty && found.application_id == 0 && found.version == 0;
    if found.application_id != APPLICATION_ID && !fresh {
        return Err(Error::new(
            ErrorKind::StoreForeign,
            "the database belongs to another program: give Flowwright a file or a schema of its own",
        )
        .with("application_id", format_args!("{:#010x}", found.application_id)));
    }
    if found.version > newest && found.compatible > newest {
        return Err(Error::new(
            ErrorKind::StoreNewer,
            "the database was written by a newer release: update this one, or open a copy from before the update",
        )
        .with("schema of the database", found.version)
        .with("schema of this release", newest));
    }
    let first = steps.iter().position(|step| step.version > found.version).unwrap_or(steps.len());
    Ok(&steps[first..])
}

#[cfg(all(test, feature = "sqlite"))]
mod tests {
    use super::*;
    use crate::sql::schema::STEPS;

    const OURS: Found = Found { application_id: APPLICATION_ID, version: 1, compatible: 1, empty: false };
    const LATER: &[Step] =
        &[Step { version: 1, sql: "" }, Step { version: 2, sql: "" }, Step { version: 3, sql: "" }];

    #[test]
    fn versions_count_from_one_without_a_gap() {
        let versions: Vec<_> = STEPS.iter().map(|step| step.version).collect();
        assert_eq!(versions, (1..=i32::try_from(STEPS.len()).unwrap()).collect::<Vec<_>>());
    }

    #[test]
    fn only_what_is_missing_is_done() {
        let versions =
            |found| plan(found, LATER).unwrap().iter().map(|step| step.version).collect::<Vec<_>>();
        assert_eq!(versions(Found { empty: true, ..Found::default() }), [1, 2, 3]);
        assert_eq!(versions(OURS), [2, 3]);
        assert_eq!(versions(Found { version: 3, ..OURS }), [0; 0]);
    }

    #[test]
    fn a_newer_database_is_refused_unless_it_says_that_it_is_compatible() {
        let newer = Found { version: 9, compatible: 9, ..OURS };
        let error = plan(newer, LATER).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::StoreNewer);
        assert!(error.to_string().contains("9") && error.to_string().contains("3"), "{error}");
        assert!(plan(Found { compatible: 3, ..newer }, LATER).unwrap().is_empty());
    }

    #[test]
    fn what_is_not_ours_is_refused() {
        for foreign in [
            Found { empty: false, ..Found::default() },
            Found { application_id: 42, empty: true, ..Found::default() },
            Found { version: 4, empty: true, ..Found::default() },
        ] {
            assert_eq!(plan(foreign, LATER).unwrap_err().kind(), ErrorKind::StoreForeign);
        }
    }
}
