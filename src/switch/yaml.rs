//! YAML as the JSON that it stands for: mappings, lists, texts, numbers and the rest; merge keys (`<<`) are merged.

use serde_json::{Map, Number, Value};
use yaml_rust2::{Yaml, YamlLoader};

use crate::switch::Unreadable;

/// The first document of a text; JSON is YAML, too.
///
/// # Errors
/// [`Unreadable`] where it is no YAML.
pub(super) fn read(text: &str) -> Result<Value, Unreadable> {
    let documents = YamlLoader::load_from_str(text)
        .map_err(|error| Unreadable(format!("the file is no YAML: {error}")))?;
    Ok(documents.first().map_or(Value::Null, value))
}

fn value(yaml: &Yaml) -> Value {
    match yaml {
        Yaml::Real(text) => text
            .parse()
            .ok()
            .and_then(Number::from_f64)
            .map_or_else(|| Value::from(text.as_str()), Value::Number),
        Yaml::Integer(number) => Value::from(*number),
        Yaml::String(text) => Value::from(text.as_str()),
        Yaml::Boolean(switch) => Value::from(*switch),
        Yaml::Array(items) => items.iter().map(value).collect(),
        Yaml::Hash(pairs) => {
            let mut map = Map::new();
            for (key, inner) in pairs {
                match (key, value(inner)) {
                    (Yaml::String(key), inner) if key == "<<" => merge(&mut map, inner),
                    (key, inner) => {
                        map.insert(name(key), inner);
                    }
                }
            }
            Value::Object(map)
        }
        Yaml::Null | Yaml::BadValue | Yaml::Alias(_) => Value::Null,
    }
}

/// What a mapping says itself counts; of several merged ones the first.
fn merge(map: &mut Map<String, Value>, merged: Value) {
    match merged {
        Value::Object(inner) => inner.into_iter().for_each(|(key, value)| {
            map.entry(key).or_insert(value);
        }),
        Value::Array(several) => several.into_iter().for_each(|one| merge(map, one)),
        _ => {}
    }
}

fn name(key: &Yaml) -> String {
    match value(key) {
        Value::String(text) => text,
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn yaml_becomes_the_json_that_it_stands_for() {
        let text = "base: &base {a: 1, b: two}\nnext:\n  b: mine\n  <<: *base\nlist: [1.5, true, null, '07']\n8: x\n";
        let expected = json!({
            "base": {"a": 1, "b": "two"}, "next": {"b": "mine", "a": 1},
            "list": [1.5, true, null, "07"], "8": "x",
        });
        assert_eq!(read(text), Ok(expected));
        assert_eq!(read("{\"a\": [1]}"), Ok(json!({"a": [1]})));
        assert_eq!(read(""), Ok(Value::Null));
        assert!(read("a: [").is_err());
    }

    #[test]
    fn what_is_said_after_a_merge_counts_too() {
        let text = "base: &base {a: 1}\nnext: {<<: *base, a: 2}\n";
        assert_eq!(read(text).expect("YAML")["next"], json!({"a": 2}));
    }
}
