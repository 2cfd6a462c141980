//! Paths, payload templates and intrinsic functions, in CEL.

use serde_json::{Map, Value, json};

/// What cannot be restated, and why.
pub type Reason = String;

/// CEL for a reference path: `$` is `base`, `$name` a variable, `$$` the context object.
pub fn path(path: &str, base: &str) -> Result<String, Reason> {
    if let Some(context) = path.strip_prefix("$$") {
        return match context {
            ".Map.Item.Value" => Ok("item".to_owned()),
            ".Map.Item.Index" => Ok("index".to_owned()),
            ".Execution.Id" => Ok("instance.id".to_owned()),
            _ if context.starts_with(".Execution.Input") => {
                select("input", &context[".Execution.Input".len()..])
            }
            _ => Err(format!("the context object: {path}")),
        };
    }
    match path.strip_prefix('$') {
        None => Err(format!("{path} is no path")),
        Some(rest) if rest.is_empty() || rest.starts_with(['.', '[']) => select(base, rest),
        Some(rest) => {
            let end = rest.find(['.', '[']).unwrap_or(rest.len());
            select(&format!("vars.{}", &rest[..end]), &rest[end..])
        }
    }
}

/// `.a.b[0]` after an expression.
fn select(base: &str, rest: &str) -> Result<String, Reason> {
    let mut cel = base.to_owned();
    for part in rest.split('.').skip_while(|part| part.is_empty()) {
        let (key, index) = part.split_once('[').unwrap_or((part, ""));
        let plain = key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        match key {
            "" => {}
            _ if plain => cel = format!("{cel}.{key}"),
            _ => cel = format!("{cel}[\"{key}\"]"),
        }
        if !index.is_empty() {
            let inner = index.trim_end_matches(']');
            inner.parse::<usize>().map_err(|_| format!("the path {rest}"))?;
            cel = format!("{cel}[{inner}]");
        }
    }
    Ok(cel)
}

/// Data with expressions for a payload template: a key that ends in `.$` holds a path or a function.
pub fn template(value: &Value, base: &str) -> Result<Value, Reason> {
    match value {
        Value::Object(fields) => {
            let mut out = Map::new();
            for (key, value) in fields {
                match (key.strip_suffix(".$"), value.as_str()) {
                    (Some(key), Some(text)) => out.insert(key.to_owned(), expression(text, base)?),
                    _ => out.insert(key.clone(), template(value, base)?),
                };
            }
            Ok(out.into())
        }
        Value::Array(items) => {
            Ok(items.iter().map(|item| template(item, base)).collect::<Result<Vec<_>, _>>()?.into())
        }
        _ => Ok(value.clone()),
    }
}

fn expression(text: &str, base: &str) -> Result<Value, Reason> {
    Ok(json!(format!("${{ {} }}", cel(text, base)?)))
}

/// CEL for a path, a literal or a function.
pub fn cel(text: &str, base: &str) -> Result<String, Reason> {
    let text = text.trim();
    if let Some(call) = text.strip_prefix("States.") {
        let (name, arguments) = call.split_once('(').ok_or_else(|| format!("{text} is no call"))?;
        let arguments = split(arguments.strip_suffix(')').unwrap_or(arguments));
        let arguments: Vec<String> = arguments.iter().map(|one| cel(one, base)).collect::<Result<_, _>>()?;
        return function(name, &arguments);
    }
    if let Some(literal) = text.strip_prefix('\'') {
        return Ok(json!(literal.trim_end_matches('\'')).to_string());
    }
    if text.starts_with('$') { path(text, base) } else { Ok(text.to_owned()) }
}

fn function(name: &str, arguments: &[String]) -> Result<String, Reason> {
    match (name, arguments) {
        ("Format", [pattern, values @ ..]) => {
            let replaced =
                |text: String, value: &String| format!("{text}.replace(\"{{}}\", string({value}), 1)");
            Ok(values.iter().fold(pattern.clone(), replaced))
        }
        ("MathAdd", [one, other]) => {
            let whole = |value: &String| format!("int(math.round(double({value})))");
            Ok(format!("{} + {}", whole(one), whole(other)))
        }
        ("ArrayRange", [first, last, step]) => {
            let number =
                |text: &String| text.parse::<i64>().map_err(|_| format!("the range {first} to {last}"));
            let step = usize::try_from(number(step)?).map_err(|_| "a range that goes down".to_owned())?;
            let numbers: Vec<i64> = (number(first)?..=number(last)?).step_by(step).collect();
            Ok(json!(numbers).to_string())
        }
        _ => Err(format!("the function {name}")),
    }
}

/// The arguments of a call; commas in brackets and quotes do not part them.
fn split(text: &str) -> Vec<String> {
    let (mut parts, mut depth, mut quoted) = (vec![String::new()], 0, false);
    for c in text.chars() {
        match c {
            '\'' => quoted = !quoted,
            '(' if !quoted => depth += 1,
            ')' if !quoted => depth -= 1,
            _ => {}
        }
        match (c, parts.last_mut()) {
            (',', _) if depth == 0 && !quoted => parts.push(String::new()),
            (_, Some(part)) => part.push(c),
            (_, None) => {}
        }
    }
    parts
}
