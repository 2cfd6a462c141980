//! The functions of the language: what they are called, and where each is done.

mod convert;
mod list;
mod math;
mod string;
pub(super) mod time;

use super::fault::{Detail, Fault, FaultBox};
use super::kind::Kinds;
use super::nearest::nearest;
use super::{Budget, EvalErrorKind, Value};

pub(super) use convert::{TWO_63, TWO_64};
pub(super) use string::double_to_text;

/// How a function is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Style {
    /// `f(a, b)`
    Global,
    /// `a.f(b)`
    Method,
    /// Either.
    Both,
}

macro_rules! functions {
    ($($variant:ident $name:literal $style:ident $least:literal..=$most:literal $usage:literal;)*) => {
        /// A function.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(in crate::expr) enum Function { $($variant,)* }

        /// Every function, with how many arguments it takes (the receiver among them) and how it is written.
        const SIGNATURES: &[Signature] = &[$(Signature {
            function: Function::$variant,
            name: $name,
            style: Style::$style,
            least: $least,
            most: $most,
            usage: $usage,
        },)*];
    };
}

struct Signature {
    function: Function,
    name: &'static str,
    style: Style,
    least: usize,
    most: usize,
    usage: &'static str,
}

functions! {
    Size "size" Both 1..=1 "size(x)";
    Contains "contains" Method 2..=2 "text.contains(part)";
    StartsWith "startsWith" Method 2..=2 "text.startsWith(part)";
    EndsWith "endsWith" Method 2..=2 "text.endsWith(part)";
    Matches "matches" Both 2..=2 "text.matches(pattern)";
    Int "int" Global 1..=1 "int(x)";
    Uint "uint" Global 1..=1 "uint(x)";
    Double "double" Global 1..=1 "double(x)";
    String "string" Global 1..=1 "string(x)";
    Bytes "bytes" Global 1..=1 "bytes(x)";
    Bool "bool" Global 1..=1 "bool(x)";
    Timestamp "timestamp" Global 1..=1 "timestamp(\"2026-03-01T09:00:00Z\")";
    Duration "duration" Global 1..=1 "duration(\"1h30m\")";
    Dyn "dyn" Global 1..=1 "dyn(x)";
    Type "type" Global 1..=1 "type(x)";
    GetFullYear "getFullYear" Method 1..=2 "time.getFullYear(zone)";
    GetMonth "getMonth" Method 1..=2 "time.getMonth(zone)";
    GetDate "getDate" Method 1..=2 "time.getDate(zone)";
    GetDayOfMonth "getDayOfMonth" Method 1..=2 "time.getDayOfMonth(zone)";
    GetDayOfWeek "getDayOfWeek" Method 1..=2 "time.getDayOfWeek(zone)";
    GetDayOfYear "getDayOfYear" Method 1..=2 "time.getDayOfYear(zone)";
    GetHours "getHours" Method 1..=2 "time.getHours(zone)";
    GetMinutes "getMinutes" Method 1..=2 "time.getMinutes(zone)";
    GetSeconds "getSeconds" Method 1..=2 "time.getSeconds(zone)";
    GetMilliseconds "getMilliseconds" Method 1..=2 "time.getMilliseconds(zone)";
    LowerAscii "lowerAscii" Method 1..=1 "text.lowerAscii()";
    UpperAscii "upperAscii" Method 1..=1 "text.upperAscii()";
    Trim "trim" Method 1..=1 "text.trim()";
    Reverse "reverse" Method 1..=1 "text.reverse()";
    CharAt "charAt" Method 2..=2 "text.charAt(index)";
    IndexOf "indexOf" Method 2..=3 "text.indexOf(part, from)";
    LastIndexOf "lastIndexOf" Method 2..=3 "text.lastIndexOf(part, from)";
    Substring "substring" Method 2..=3 "text.substring(from, to)";
    Replace "replace" Method 3..=4 "text.replace(part, with, count)";
    Split "split" Method 2..=3 "text.split(separator, count)";
    Join "join" Method 1..=2 "list.join(separator)";
    Distinct "distinct" Method 1..=1 "list.distinct()";
    Sort "sort" Method 1..=1 "list.sort()";
    Slice "slice" Method 3..=3 "list.slice(from, to)";
    Flatten "flatten" Method 1..=1 "list.flatten()";
    MathGreatest "math.greatest" Global 1..=99 "math.greatest(a, b)";
    MathLeast "math.least" Global 1..=99 "math.least(a, b)";
    MathAbs "math.abs" Global 1..=1 "math.abs(x)";
    MathSign "math.sign" Global 1..=1 "math.sign(x)";
    MathCeil "math.ceil" Global 1..=1 "math.ceil(x)";
    MathFloor "math.floor" Global 1..=1 "math.floor(x)";
    MathRound "math.round" Global 1..=1 "math.round(x)";
    MathTrunc "math.trunc" Global 1..=1 "math.trunc(x)";
}

/// What other languages call a function, and what to write.
const ALIASES: [(&str, &str); 22] = [
    ("length", "size(x)"),
    ("len", "size(x)"),
    ("count", "size(x)"),
    ("lower", "text.lowerAscii()"),
    ("toLower", "text.lowerAscii()"),
    ("toLowerCase", "text.lowerAscii()"),
    ("upper", "text.upperAscii()"),
    ("toUpper", "text.upperAscii()"),
    ("toUpperCase", "text.upperAscii()"),
    ("includes", "text.contains(part), or `item in list`"),
    ("any", "list.exists(x, condition)"),
    ("some", "list.exists(x, condition)"),
    ("every", "list.all(x, condition)"),
    ("max", "math.greatest(a, b)"),
    ("min", "math.least(a, b)"),
    ("abs", "math.abs(x)"),
    ("round", "math.round(x)"),
    ("float", "double(x)"),
    ("str", "string(x)"),
    ("exists", "list.exists(x, condition), or `has(a.b)`"),
    ("isNull", "x == null"),
    ("now", "`now`, which is a name and no function"),
];

/// Macros look like functions; they are listed for those who spell them wrong.
const MACROS: [&str; 6] = ["has", "all", "exists", "exists_one", "map", "filter"];

impl Function {
    fn signature(self) -> &'static Signature {
        &SIGNATURES[self as usize]
    }

    /// The name as it is written.
    pub fn name(self) -> &'static str {
        self.signature().name
    }

    /// How a call of it is written.
    pub fn usage(self) -> &'static str {
        self.signature().usage
    }
}

/// Whether functions are called `NAMESPACE.name(…)`.
pub(super) fn is_namespace(name: &str) -> bool {
    name == "math"
}

/// Why no function can be called so.
pub(super) struct Mismatch {
    pub message: String,
    pub help: Option<String>,
    /// Whether there is no such function at all.
    pub unknown: bool,
}

/// Finds the function that is called with so many arguments, a receiver among them.
pub(super) fn find(name: &str, method: bool, arguments: usize) -> Result<Function, Mismatch> {
    let Some(signature) = SIGNATURES.iter().find(|signature| signature.name == name) else {
        return Err(unknown(name));
    };
    let fits = match signature.style {
        Style::Both => true,
        Style::Global => !method,
        Style::Method => method,
    };
    if !fits {
        let message = match method {
            true => format!("`{name}` is called with its value in brackets"),
            false => format!("`{name}` is called on its value"),
        };
        return Err(Mismatch { message, help: Some(format!("write `{}`", signature.usage)), unknown: false });
    }
    if !(signature.least..=signature.most).contains(&arguments) {
        let receiver = usize::from(method);
        let takes = count_of_arguments(signature.least - receiver, signature.most - receiver);
        let message = format!("`{name}` takes {takes}, not {}", arguments - receiver);
        return Err(Mismatch { message, help: Some(format!("write `{}`", signature.usage)), unknown: false });
    }
    Ok(signature.function)
}

fn count_of_arguments(least: usize, most: usize) -> String {
    let ending = if most == 1 { "" } else { "s" };
    match (least, most) {
        (0, 0) => "no arguments".to_owned(),
        (least, most) if least == most => format!("{least} argument{ending}"),
        (least, 99) => format!("at least {least} argument"),
        (least, most) => format!("{least} or {most} argument{ending}"),
    }
}

fn unknown(name: &str) -> Mismatch {
    let alias = ALIASES.iter().find(|(alias, _)| *alias == name).map(|(_, usage)| (*usage).to_owned());
    let help = alias.or_else(|| {
        let known = SIGNATURES.iter().map(|signature| signature.name).chain(MACROS);
        let near = nearest(name, known)?;
        Some(SIGNATURES.iter().find(|one| one.name == near).map_or(near, |one| one.usage).to_owned())
    });
    let help =
        help.map(
            |usage| {
                if usage.starts_with('`') { format!("write {usage}") } else { format!("write `{usage}`") }
            },
        );
    Mismatch { message: format!("there is no function `{name}`"), help, unknown: true }
}

/// Calls a function. What it costs beyond one step is charged by the size of its arguments and of its result.
pub(super) fn call<'a>(
    function: Function,
    arguments: &[Value<'a>],
    budget: &mut Budget,
) -> Result<Value<'a>, FaultBox<'a>> {
    for argument in arguments {
        match argument {
            Value::String(text) => budget.charge_bytes(text.len())?,
            Value::Bytes(bytes) => budget.charge_bytes(bytes.len())?,
            _ => {}
        }
    }
    let result = match function {
        Function::Size => string::size(arguments, budget),
        Function::Int
        | Function::Uint
        | Function::Double
        | Function::String
        | Function::Bytes
        | Function::Bool
        | Function::Timestamp
        | Function::Duration
        | Function::Dyn
        | Function::Type => convert::call(function, arguments),
        Function::GetFullYear
        | Function::GetMonth
        | Function::GetDate
        | Function::GetDayOfMonth
        | Function::GetDayOfWeek
        | Function::GetDayOfYear
        | Function::GetHours
        | Function::GetMinutes
        | Function::GetSeconds
        | Function::GetMilliseconds => time::call(function, arguments),
        Function::MathGreatest
        | Function::MathLeast
        | Function::MathAbs
        | Function::MathSign
        | Function::MathCeil
        | Function::MathFloor
        | Function::MathRound
        | Function::MathTrunc => math::call(function, arguments, budget),
        Function::Join | Function::Distinct | Function::Sort | Function::Slice | Function::Flatten => {
            list::call(function, arguments, budget)
        }
        _ => string::call(function, arguments, budget),
    };
    match result {
        Ok(Some(value)) => Ok(value),
        Ok(None) => Err(no_overload(function, arguments)),
        Err(fault) => Err(fault),
    }
}

/// What the first argument of a function may be.
pub(super) fn receiver_kinds(function: Function) -> Kinds {
    match function {
        Function::Size => Kinds::STRING | Kinds::BYTES | Kinds::LIST | Kinds::MAP,
        Function::Int | Function::Uint | Function::Double => Kinds::NUMBER | Kinds::STRING | Kinds::TIMESTAMP,
        Function::Bool => Kinds::BOOL | Kinds::STRING,
        Function::Bytes => Kinds::BYTES | Kinds::STRING,
        Function::Timestamp => Kinds::TIMESTAMP | Kinds::STRING | Kinds::INT,
        Function::Duration => Kinds::DURATION | Kinds::STRING,
        Function::String | Function::Dyn | Function::Type => Kinds::ANY,
        Function::GetFullYear
        | Function::GetMonth
        | Function::GetDate
        | Function::GetDayOfMonth
        | Function::GetDayOfWeek
        | Function::GetDayOfYear => Kinds::TIMESTAMP,
        Function::GetHours | Function::GetMinutes | Function::GetSeconds | Function::GetMilliseconds => {
            Kinds::TIMESTAMP | Kinds::DURATION
        }
        Function::Join | Function::Distinct | Function::Sort | Function::Slice | Function::Flatten => {
            Kinds::LIST
        }
        Function::MathGreatest | Function::MathLeast => Kinds::NUMBER | Kinds::LIST,
        Function::MathAbs
        | Function::MathSign
        | Function::MathCeil
        | Function::MathFloor
        | Function::MathRound
        | Function::MathTrunc => Kinds::NUMBER,
        _ => Kinds::STRING,
    }
}

/// What a function gives.
pub(super) fn result_kinds(function: Function) -> Kinds {
    match function {
        Function::Contains
        | Function::StartsWith
        | Function::EndsWith
        | Function::Matches
        | Function::Bool => Kinds::BOOL,
        Function::Uint => Kinds::UINT,
        Function::Double => Kinds::DOUBLE,
        Function::Bytes => Kinds::BYTES,
        Function::Timestamp => Kinds::TIMESTAMP,
        Function::Duration => Kinds::DURATION,
        Function::Type => Kinds::TYPE,
        Function::Dyn => Kinds::ANY,
        Function::String
        | Function::LowerAscii
        | Function::UpperAscii
        | Function::Trim
        | Function::Reverse
        | Function::CharAt
        | Function::Substring
        | Function::Replace
        | Function::Join => Kinds::STRING,
        Function::Split | Function::Distinct | Function::Sort | Function::Slice | Function::Flatten => {
            Kinds::LIST
        }
        Function::MathGreatest
        | Function::MathLeast
        | Function::MathAbs
        | Function::MathSign
        | Function::MathCeil
        | Function::MathFloor
        | Function::MathRound
        | Function::MathTrunc => Kinds::NUMBER,
        _ => Kinds::INT,
    }
}

/// A function's answer: `None` when it does not take arguments of these types.
type Answer<'a> = Result<Option<Value<'a>>, FaultBox<'a>>;

/// The function does not take arguments of these types.
pub(super) fn no_overload<'a>(function: Function, arguments: &[Value<'a>]) -> FaultBox<'a> {
    let types = arguments.iter().map(Value::type_name).collect();
    Fault::new(EvalErrorKind::NoOverload, Detail::Call { function, types })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures_are_found_by_their_function() {
        for signature in SIGNATURES {
            assert_eq!(signature.function.name(), signature.name);
        }
    }

    #[test]
    fn a_wrong_call_is_explained() {
        for (name, method, arguments, help) in [
            ("length", false, 1, "size(x)"),
            ("startswith", true, 2, "text.startsWith(part)"),
            ("contains", false, 2, "text.contains(part)"),
            ("int", true, 1, "int(x)"),
            ("size", false, 2, "size(x)"),
            ("filer", true, 1, "filter"),
            ("now", false, 0, "`now`"),
        ] {
            let mismatch = find(name, method, arguments).err().unwrap();
            assert!(
                mismatch.help.as_deref().unwrap_or_default().contains(help),
                "{name}: {:?}",
                mismatch.help
            );
        }
        assert!(find("frobnicate", false, 0).err().unwrap().help.is_none());
    }
}
