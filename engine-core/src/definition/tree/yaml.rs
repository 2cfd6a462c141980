//! Reading YAML: the events of the parser become a tree.

use granit_parser::{ErrorKind, Event, Parser, ScalarStyle, ScanError, Span, Tag, options};

use super::build::{Builder, Stop};
use super::scalar::{self, Scalar};
use crate::definition::code;
use crate::definition::source::Style;

pub(super) fn read(text: &str, builder: &mut Builder<'_, '_, '_>) -> Result<(), Stop> {
    let levels = builder.levels() + 1;
    let mut options =
        options! { emit_unresolved_aliases: true, flow_nesting_limit: levels, block_nesting_limit: levels };
    // Another crate of the same program may have switched comments on.
    options.set_emit_comments(false);
    let mut documents = 0;
    for event in Parser::new_from_str_with_options(text, options) {
        let (event, span) = event.map_err(|error| syntax(text, &error, builder))?;
        let at = start(&span);
        match event {
            Event::DocumentStart(..) if documents > 0 => {
                let help = "give each definition a text of its own";
                return Err(builder.fatal(
                    at,
                    code::SEVERAL_DOCUMENTS,
                    "a second document begins here",
                    Some(help),
                ));
            }
            Event::DocumentStart(..) => documents += 1,
            Event::SequenceEnd | Event::MappingEnd => builder.close(),
            event if builder.wants_key() => key(event, at, builder)?,
            event => value(event, &span, builder)?,
        }
    }
    Ok(())
}

fn key(event: Event<'_>, at: u32, builder: &mut Builder<'_, '_, '_>) -> Result<(), Stop> {
    match event {
        Event::Scalar(text, style, anchor, tag) => {
            if style == ScalarStyle::Plain && text == "<<" {
                let help = "write the fields out; an alias may stand for a whole value";
                builder.error(
                    at,
                    code::MERGE_KEY,
                    "merge keys (`<<`) are not part of the language",
                    Some(help),
                );
            }
            if anchor != 0 {
                let help = "put the anchor on the value";
                return Err(builder.fatal(at, code::INVALID_KEY, "a key cannot have an anchor", Some(help)));
            }
            refuse_tag(at, tag.as_deref(), builder);
            builder.key(at, &text)
        }
        _ => {
            let message = "a key must be a plain text";
            let help = "quote a text that begins with `[`, `{` or `*`";
            Err(builder.fatal(at, code::INVALID_KEY, message, Some(help)))
        }
    }
}

fn value(event: Event<'_>, span: &Span, builder: &mut Builder<'_, '_, '_>) -> Result<(), Stop> {
    let at = start(span);
    match event {
        Event::Scalar(text, style, anchor, tag) => {
            refuse_tag(at, tag.as_deref(), builder);
            // An absent value is given as a `~` that takes no room.
            let text = if span.is_empty() && style == ScalarStyle::Plain { "" } else { text.as_ref() };
            scalar_value(at, text, style, anchor, builder)
        }
        Event::SequenceStart(_, anchor, tag) => {
            refuse_tag(at, tag.as_deref(), builder);
            builder.open(at, false, anchor)
        }
        Event::MappingStart(_, anchor, tag) => {
            refuse_tag(at, tag.as_deref(), builder);
            builder.open(at, true, anchor)
        }
        Event::Alias(anchor) => builder.alias(at, anchor),
        Event::UnresolvedAlias(name) => {
            let message = format!("no anchor `&{name}` stands before this alias");
            builder.error(at, code::INVALID_ALIAS, &message, Some("quote a text that begins with `*`"));
            builder.broken(at, 0)
        }
        _ => Ok(()),
    }
}

fn scalar_value(
    at: u32,
    text: &str,
    style: ScalarStyle,
    anchor: usize,
    builder: &mut Builder<'_, '_, '_>,
) -> Result<(), Stop> {
    let style = match style {
        ScalarStyle::Plain => return plain_value(at, text, anchor, builder),
        ScalarStyle::SingleQuoted => Style::Single,
        ScalarStyle::DoubleQuoted => Style::Double,
        _ => Style::Block,
    };
    builder.text(at, style, text, anchor)
}

fn plain_value(at: u32, text: &str, anchor: usize, builder: &mut Builder<'_, '_, '_>) -> Result<(), Stop> {
    match scalar::resolve(text) {
        Scalar::Null => builder.null(at, anchor),
        Scalar::Bool(value) => builder.bool(at, value, anchor),
        Scalar::Text => builder.text(at, Style::Plain, text, anchor),
        Scalar::Number(number) => {
            if scalar::loses_zeros(text) {
                let message = format!("`{text}` is read as the number {number}");
                builder.warning(
                    at,
                    code::LEADING_ZERO,
                    &message,
                    Some(&format!("as text, quote it: \"{text}\"")),
                );
            }
            builder.number(at, number, anchor)
        }
        Scalar::Unholdable => {
            let message = format!("`{text}` is no number that JSON can hold");
            builder.error(at, code::INVALID_VALUE, &message, Some("as text, quote it"));
            builder.broken(at, anchor)
        }
    }
}

fn refuse_tag(at: u32, tag: Option<&Tag>, builder: &mut Builder<'_, '_, '_>) {
    if tag.is_some() {
        let message = "YAML tags (`!name`) are not part of the language";
        builder.error(at, code::TAG, message, Some("leave the tag out; quote a text that begins with `!`"));
    }
}

fn syntax(text: &str, error: &ScanError, builder: &mut Builder<'_, '_, '_>) -> Stop {
    let at = error.marker().byte_offset().unwrap_or(text.len());
    let at = u32::try_from(at).unwrap_or(u32::MAX);
    if matches!(error.kind(), ErrorKind::RecursionLimitExceeded) {
        let message = format!("lists and mappings are nested deeper than {} levels", builder.levels());
        return builder.fatal(at, code::TOO_DEEP, &message, None);
    }
    let help = match error.kind() {
        ErrorKind::TabNotAllowed
        | ErrorKind::TabInBlockIndentation
        | ErrorKind::TabInIndentation
        | ErrorKind::TabAtBlockScalarStart => Some("indent with spaces, not with tabs"),
        ErrorKind::MappingValueNotAllowed | ErrorKind::InvalidColonPlacement => {
            Some("quote a text that contains `: `")
        }
        ErrorKind::UnexpectedCharacter { .. } => Some("quote a text that begins with a special character"),
        ErrorKind::ExpectedFlowMappingSeparator | ErrorKind::ExpectedFlowSequenceSeparator => {
            Some("inside `{ }` and `[ ]`, quote a text that contains `{`, `}`, `[`, `]` or `,`")
        }
        _ => None,
    };
    builder.fatal(at, code::SYNTAX, &format!("this is not well-formed YAML: {}", error.kind()), help)
}

fn start(span: &Span) -> u32 {
    span.start.byte_offset().and_then(|at| u32::try_from(at).ok()).unwrap_or(u32::MAX)
}
