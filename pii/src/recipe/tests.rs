#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
use super::*;

const TOML: &str = r#"format = "csv"
default = "drop"
subject = "id"
delimiter = ";"

[fields]
id = { action = "pseudonymize", entity = "PATIENT_ID" }
"First Name" = "drop"
born = { action = "shift_date", days = 30 }
[fields.note]
action = "text"
[fields.note.entities.PERSON]
action = "placeholder"
"#;

#[test]
fn a_recipe_in_toml_and_in_json_is_the_same() {
    let toml = Recipe::from_toml(TOML).unwrap();
    let json = Recipe::from_json(
        r#"{"fields": {
            "id": {"action": "pseudonymize", "entity": "PATIENT_ID"},
            "First Name": "drop",
            "born": {"action": "shift_date", "days": 30},
            "note": {"action": "text", "entities": {"PERSON": {"action": "placeholder"}}}
        }, "format": "csv", "default": "drop", "subject": "id", "delimiter": ";"}"#,
    );
    let Recipe::Csv(mut toml) = toml else {
        panic!("a recipe for csv");
    };
    let Ok(Recipe::Csv(mut json)) = json else {
        panic!("a recipe for csv");
    };
    toml.fields.sort_by(|one, other| one.0.cmp(&other.0));
    json.fields.sort_by(|one, other| one.0.cmp(&other.0));
    assert_eq!(toml, json);
    assert_eq!(
        (toml.delimiter, toml.header, toml.fields.len()),
        (Delimiter::Semicolon, true, 4)
    );
}

#[test]
fn a_recipe_for_json_has_paths() {
    let text =
        "format = \"ndjson\"\ndefault = \"refuse\"\n[fields]\n\"items[*].email\" = \"keep\"\n";
    let Ok(Recipe::Ndjson(recipe)) = Recipe::from_toml(text) else {
        panic!("a recipe for ndjson");
    };
    assert_eq!(recipe.default, Unlisted::Refuse);
    assert_eq!(recipe.fields[0].0.to_string(), "items[*].email");
}

/// The error of the recipe with one line of [`TOML`] replaced.
fn toml_error(line: usize, with: &str) -> RecipeError {
    let lines: Vec<&str> = TOML.lines().collect();
    let changed: Vec<&str> = (1..)
        .zip(lines)
        .map(|(at, it)| if at == line { with } else { it })
        .collect();
    Recipe::from_toml(&changed.join("\n")).unwrap_err()
}

#[test]
fn an_error_in_toml_names_its_line() {
    for (line, with, reason) in [
        (1, "format = \"xml\"", "unknown variant `xml`"),
        (2, "default = \"pass\"", "unknown variant `pass`"),
        (3, "subjects = \"id\"", "unknown field `subjects`"),
        (4, "header = 1", "invalid type"),
        (
            7,
            "id = { action = \"pseudonymise\", entity = \"A\" }",
            "unknown variant `pseudonymise`",
        ),
        (
            7,
            "id = { action = \"pseudonymize\", entity = \"no name\" }",
            "entity is not a name",
        ),
        (
            8,
            "\"First Name\" = \"pass\"",
            "no action is called by the name \"pass\" alone",
        ),
        (
            9,
            "born = { action = \"shift_date\", days = 0 }",
            "days is not from 1",
        ),
        (
            9,
            "born = { action = \"shift_date\", days = 1, day = 2 }",
            "unknown field `day`",
        ),
        (
            9,
            "born = { action = \"keep\", days = 1 }",
            "unknown field `days`",
        ),
        (9, "born = ", ""),
    ] {
        let error = toml_error(line, with);
        assert_eq!(error.line, line, "{with}: {error}");
        assert!(error.reason.contains(reason), "{with}: {error}");
        assert_eq!(error.code(), "recipe_invalid");
    }
}

#[test]
fn an_error_in_json_names_its_line() {
    let of = |field: &str| {
        let text =
            format!("{{\"format\":\"json\",\n\"default\":\"drop\",\n\"fields\":{{\n{field}\n}}}}");
        Recipe::from_json(&text).unwrap_err()
    };
    for (field, reason) in [
        (
            r#""a": "pass""#,
            "no action is called by the name \"pass\" alone",
        ),
        (
            r#""a": {"action": "mask", "with": ""}"#,
            "with is not one character",
        ),
        (
            r#""a": {"action": "mask", "keep": 1}"#,
            "unknown field `keep`",
        ),
        (r#""a[0]": "keep""#, "not a path"),
        (r#""a": "keep", "a": "drop""#, "named twice"),
        (r#""a": "keep", "a.b": "drop""#, "beneath"),
    ] {
        let error = of(field);
        assert_eq!(error.line, 4, "{field}: {error}");
        assert!(error.reason.contains(reason), "{field}: {error}");
    }
}

#[test]
fn what_does_not_go_together_is_refused() {
    for (text, reason) in [
        (
            "format='csv'\ndefault='drop'\n[fields]\na={action='shift_date',days=1}",
            "subject",
        ),
        (
            "format='json'\ndefault='drop'\nheader=true\n[fields]",
            "header",
        ),
        (
            "format='json'\ndefault='drop'\nsubject='a[*]'\n[fields]",
            "subject",
        ),
        (
            "format='csv'\ndefault='drop'\ndelimiter='x'\n[fields]",
            "delimiter",
        ),
        ("format='csv'\n[fields]", "default"),
        ("format='csv'\ndefault='drop'", "fields"),
    ] {
        let error = Recipe::from_toml(text).unwrap_err();
        assert!(error.reason.contains(reason), "{text}: {error}");
    }
    let long = " ".repeat(MAX_RECIPE_BYTES + 1);
    assert!(
        Recipe::from_toml(&long)
            .unwrap_err()
            .reason
            .contains("too long")
    );
    let fields: Vec<String> = (0..=MAX_FIELDS).map(|it| format!("f{it}='keep'")).collect();
    let fields = fields.join("\n");
    let many = format!("format='csv'\ndefault='drop'\n[fields]\n{fields}");
    assert!(
        Recipe::from_toml(&many)
            .unwrap_err()
            .reason
            .contains("too many")
    );
}
