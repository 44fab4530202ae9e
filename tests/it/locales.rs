//! The texts of every language against each other, and against what the code asks for.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use fluent_syntax::ast::{Entry, Expression, InlineExpression, Pattern, PatternElement};
use fluent_syntax::parser;
use healthbot::domain::language::Language;

/// A text's name, and the variables in it.
type Texts = BTreeMap<String, BTreeSet<String>>;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The files below a directory, by name.
fn files(directory: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn texts_of(language: Language) -> Texts {
    let mut texts = Texts::new();
    for file in files(&root().join("assets/locales").join(language.code())) {
        let text = fs::read_to_string(&file).unwrap();
        let place = file.display();
        let resource = parser::parse(text.as_str())
            .unwrap_or_else(|(_, errors)| panic!("{place}: {errors:?}"));
        for entry in resource.body {
            match entry {
                Entry::Message(message) => {
                    let mut variables = BTreeSet::new();
                    pattern(&message.value.unwrap(), &mut variables);
                    let name = message.id.name.to_owned();
                    let before = texts.insert(name, variables);
                    assert_eq!(
                        before, None,
                        "{place}: {} stands there twice",
                        message.id.name
                    );
                }
                Entry::Comment(_) | Entry::GroupComment(_) | Entry::ResourceComment(_) => {}
                other => panic!("{place}: {other:?}"),
            }
        }
    }
    texts
}

fn pattern(of: &Pattern<&str>, variables: &mut BTreeSet<String>) {
    for element in &of.elements {
        if let PatternElement::Placeable { expression } = element {
            placeable(expression, variables);
        }
    }
}

fn placeable(of: &Expression<&str>, variables: &mut BTreeSet<String>) {
    match of {
        Expression::Inline(inline) => inlined(inline, variables),
        Expression::Select { selector, variants } => {
            inlined(selector, variables);
            for variant in variants {
                pattern(&variant.value, variables);
            }
        }
    }
}

fn inlined(of: &InlineExpression<&str>, variables: &mut BTreeSet<String>) {
    match of {
        InlineExpression::VariableReference { id } => {
            variables.insert(id.name.to_owned());
        }
        InlineExpression::StringLiteral { .. } | InlineExpression::NumberLiteral { .. } => {}
        InlineExpression::Placeable { expression } => placeable(expression, variables),
        other => panic!("no text needs {other:?}"),
    }
}

/// What stands between the bracket that is open at the beginning of `code` and its partner.
fn bracketed(code: &str) -> &str {
    let (mut depth, mut quoted) = (1, false);
    for (at, c) in code.char_indices() {
        match c {
            '"' => quoted = !quoted,
            '(' | '[' | '{' if !quoted => depth += 1,
            ')' | ']' | '}' if !quoted => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return &code[..at];
        }
    }
    panic!("a bracket is not closed: {code}")
}

/// A call's arguments.
fn arguments(call: &str) -> Vec<&str> {
    let (mut found, mut from, mut depth, mut quoted) = (Vec::new(), 0, 0, false);
    for (at, c) in call.char_indices() {
        match c {
            '"' => quoted = !quoted,
            '(' | '[' | '{' if !quoted => depth += 1,
            ')' | ']' | '}' if !quoted => depth -= 1,
            ',' if depth == 0 && !quoted => {
                found.push(call[from..at].trim());
                from = at + 1;
            }
            _ => {}
        }
    }
    found.push(call[from..].trim());
    found.retain(|argument| !argument.is_empty());
    found
}

/// What the code asks for.
fn asked() -> Texts {
    let mut texts = Texts::new();
    for file in files(&root().join("src/slack/render")) {
        let code = fs::read_to_string(&file).unwrap();
        let lines = code
            .lines()
            .filter(|line| !line.trim_start().starts_with("//"));
        let code = lines.collect::<Vec<_>>().join("\n");
        for (at, opening) in code.match_indices("tr!(") {
            // The end of `include_str!(` is none.
            if code[..at].ends_with(char::is_alphanumeric) || code[..at].ends_with('_') {
                continue;
            }
            let arguments = arguments(bracketed(&code[at + opening.len()..]));
            let name = arguments[1].trim_matches('"').to_owned();
            let variables: BTreeSet<_> = arguments[2..]
                .iter()
                .map(|it| it.split_once(" = ").unwrap().0.to_owned())
                .collect();
            let before = texts.insert(name.clone(), variables.clone());
            assert!(
                before.is_none_or(|before| before == variables),
                "{}: {name} has other variables elsewhere",
                file.display()
            );
        }
    }
    texts
}

#[test]
fn every_language_has_exactly_the_texts_that_are_asked_for_with_their_variables() {
    let asked = asked();
    assert!(asked.len() > 200, "the code is read: {}", asked.len());
    for language in Language::ALL {
        let texts = texts_of(language);
        let names: BTreeSet<_> = asked.keys().chain(texts.keys()).collect();
        for name in names {
            let (asked, there) = (asked.get(name), texts.get(name));
            assert_eq!(
                asked, there,
                "{name} in {language}: asked for with, and there with"
            );
        }
    }
}

#[test]
fn every_file_is_in_every_language_and_built_in() {
    let directory = |language: Language| root().join("assets/locales").join(language.code());
    let names = |language| -> Vec<_> {
        let files = files(&directory(language)).into_iter();
        files
            .map(|file| file.file_name().unwrap().to_owned())
            .collect()
    };
    let english = names(Language::English);
    for language in Language::ALL {
        assert_eq!(names(language), english, "{language}");
    }
    let code = fs::read_to_string(root().join("src/slack/render/words.rs")).unwrap();
    for name in english {
        let line = format!("\"/{}\"", name.to_str().unwrap());
        assert!(code.contains(&line), "{line}");
    }
}
