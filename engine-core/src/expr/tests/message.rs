//! What authors are told, and where.

use super::super::Expression;
use super::{data, error_of};

#[test]
fn mistakes_in_the_source_have_a_place_and_help() {
    for (source, offset, message, help) in [
        ("", 0, "the expression is empty", ""),
        ("a = 1", 2, "`=` is not an operator", "write `==` to compare"),
        ("a and b", 2, "unexpected `and`", "write `&&`"),
        ("a OR b", 2, "unexpected `OR`", "write `||`"),
        ("not a", 4, "unexpected `a`", "write `!`"),
        ("a & b", 2, "`&` is not an operator", "write `&&`"),
        ("a <> b", 2, "`<>` is not an operator", "write `!=`"),
        ("é == 1", 0, "`é` has no meaning here", ""),
        ("'é' == 'x", 7, "the string is not closed: its `'` is missing", ""),
        ("'é' + \"a\\q\"", 8, "`\\q` is not an escape", "for a backslash"),
        ("(a + b", 0, "`(` is not closed: its `)` is missing", ""),
        ("[1, 2", 0, "`[` is not closed: its `]` is missing", ""),
        ("a[1", 1, "`[` is not closed", ""),
        ("a + b)", 5, "unexpected `)`: an operator or the end is expected", ""),
        ("a +", 3, "the expression ends where a value is expected", ""),
        ("a + * b", 4, "unexpected `*`: a value is expected", ""),
        ("(a b)", 3, "unexpected `b`: `)` is expected", ""),
        ("a ? b", 5, "the expression ends where `:` of the `?` is expected", ""),
        ("a ? b ? c : d : e", 6, "needs brackets", "a ? (b ? c : d) : e"),
        ("if a then b", 0, "`if` is a word that CEL keeps for itself", "condition ? a : b"),
        ("a contains 'x'", 2, "unexpected `contains`", "text.contains(part)"),
        ("length(a)", 0, "there is no function `length`", "write `size(x)`"),
        ("a.startswith('x')", 2, "there is no function `startswith`", "text.startsWith(part)"),
        ("x + frobnicate(a)", 4, "there is no function `frobnicate`", ""),
        ("contains(a, 'b')", 0, "`contains` is called on its value", "text.contains(part)"),
        ("a.int()", 2, "`int` is called with its value in brackets", "int(x)"),
        ("size(a, b)", 0, "`size` takes 1 argument, not 2", "size(x)"),
        ("a.substring()", 2, "`substring` takes 1 or 2 arguments, not 0", "substring"),
        ("a.trim(1)", 2, "`trim` takes no arguments, not 1", "trim"),
        ("has(a)", 4, "`has` takes the field that is looked for", "has(a.b)"),
        ("has(a['b'])", 4, "`has` takes the field", "has(a.b)"),
        ("has(a.b + 1)", 4, "`has` takes the field", ""),
        ("a.all(1, true)", 2, "`all` takes the name of a variable first", "list.all(x, condition)"),
        ("a.exists(x)", 2, "`exists` takes the name of a variable first", "list.exists"),
        ("a.filter(x, y, z)", 13, "`filter` takes no further argument", ""),
        ("Money{amount: 1}", 0, "would be a message", "a map is written"),
        ("a.?b", 1, "optional selection", "has("),
        ("a[0].5", 4, "unexpected `.5`", "list[5]"),
        ("1_000", 0, "`1_000` is not a number", "write `1000`"),
        ("9223372036854775808", 0, "too large for an int", "`u`"),
        ("a.matches('[')", 10, "the regular expression is wrong: unclosed character class", ""),
        ("now()", 0, "there is no function `now`", "`now`, which is a name"),
        ("{'a' 1}", 5, "`:` and the value of the key is expected", ""),
        ("a.", 2, "the name of a field or function", ""),
        ("\"${ a }\" == ${ a }", 12, "`${` begins no expression here", "leave"),
    ] {
        let error = Expression::compile(source).unwrap_err();
        assert!(error.message.contains(message), "{source}: {error}");
        assert_eq!(error.offset, offset, "{source}: {error}");
        assert!(error.help.as_deref().unwrap_or_default().contains(help), "{source}: {error}");
    }
}

#[test]
fn errors_of_evaluation_say_which_part_and_why() {
    for (source, message) in [
        (
            "dti > 0.1 && 1 + 1.0 > 2.0",
            "`1 + 1.0`: there is no `+` for int and double: write `double(1) + 1.0`",
        ),
        ("dti * 2", "`dti * 2`: there is no `*` for double and int: write `dti * double(2)`"),
        (
            "name + credit_score",
            "`name + credit_score`: there is no `+` for string and int: write `name + string(credit_score)`",
        ),
        (
            "1 + 2 + 3 * (credit_score + name)",
            "`credit_score + name`: there is no `+` for int and string: write `string(credit_score) + name`",
        ),
        ("1 + 2 + name + 3", "`2 + name`: there is no `+` for int and string: write `string(2) + name`"),
        ("nothing > 3", "`nothing > 3`: there is no `>` for null and int: `nothing` is null"),
        ("steps.credit.outptu.score", "`steps.credit.outptu`: no such key: `outptu`; did you mean `output`?"),
        (
            "steps.credit.output.score.value",
            "`steps.credit.output.score.value`: a value of type int has no key `value`",
        ),
        ("nothing.score", "`nothing.score`: null has no key `score`"),
        ("items.price", "`items.price`: a list has no key `price`: its elements are read as in `list[0]`"),
        ("items[2].price", "`items[2]`: there is no element 2 in a list of 2: they count from 0"),
        ("items['x']", "`items['x']`: a list has no key `x`: its elements are read as in `list[0]`"),
        ("missing == 1", "`missing`: there is no name `missing` here"),
        ("name == None", "`None`: there is no name `None` here: write `null`"),
        ("True", "`True`: there is no name `True` here: write `true`"),
        ("size(credit_score)", "`size(credit_score)`: `size` does not take int: write `size(x)`"),
        (
            "credit_score.contains('x')",
            "`credit_score.contains('x')`: `contains` does not take int and string: write `text.contains(part)`",
        ),
        ("name ? 1 : 2", "`name`: this must be true or false, not a value of type string"),
        ("credit_score / (1 - 1)", "`credit_score / (1 - 1)`: divided by zero"),
        ("int(name)", "`int(name)`: \"Ada\" is no int"),
        (
            "timestamp(name)",
            "`timestamp(name)`: \"Ada\" is no timestamp: write it as in 2026-03-01T09:00:00Z",
        ),
        ("duration(name)", "`duration(name)`: \"Ada\" is no duration: write it as in 1h30m, 250ms or PT30S"),
        (
            "credit_score.exists(x, true)",
            "`credit_score.exists(x, true)`: a value of type int has no elements to go through",
        ),
        (
            "timestamp(0).getHours('Mars')",
            "`timestamp(0).getHours('Mars')`: \"Mars\" is no time zone: write it as in Europe/Berlin or +02:00",
        ),
        ("4.5 % 2.0", "`4.5 % 2.0`: there is no `%` for double and double: write `int(4.5) % int(2.0)`"),
        ("!credit_score", "`credit_score`: this must be true or false, not a value of type int"),
        ("-name", "`-name`: there is no `-` before a value of type string"),
        ("'x' in credit_score", "`'x' in credit_score`: there is no `in` for string and int"),
    ] {
        assert_eq!(error_of(source).message, message, "{source}");
    }
}

#[test]
fn the_place_of_an_error_counts_characters() {
    let error = error_of("'éé' == 'x' || missing > 1");
    assert_eq!(error.offset, 15);
}

#[test]
fn long_parts_are_cut() {
    let source = format!("[{}][9]", "credit_score, ".repeat(8));
    let error = error_of(&source);
    assert!(
        error.message.starts_with("`[credit_score, ") && error.message.contains("…`: there is no element 9"),
        "{error}"
    );
    assert!(data().is_object());
}
