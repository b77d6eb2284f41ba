//! The key of a guard as a person would write it.

/// `match` and `exclude` in YAML's flow style.
pub(super) fn texts(key: &str) -> (String, String) {
    let mut blocks = vec![String::new()];
    let mut depth = 0_usize;
    let mut rest = key;
    while let Some(first) = rest.chars().next() {
        let mut taken = first.len_utf8();
        let Some(block) = blocks.last_mut() else {
            break;
        };
        match first {
            '"' => {
                taken = quoted(rest);
                let text = rest.get(..taken).unwrap_or_default();
                block.push_str(bare(text).unwrap_or(text));
            }
            '{' | '[' => {
                depth += 1;
                block.push(first);
            }
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                block.push(first);
            }
            ':' => block.push_str(": "),
            // Behind the last entry, too.
            ',' if rest.starts_with(",}") || rest.starts_with(",]") => {}
            ',' => block.push_str(", "),
            // Nothing.
            '~' if depth == 0 => {}
            other => block.push(other),
        }
        if depth == 0 {
            blocks.push(String::new());
        }
        rest = rest.get(taken..).unwrap_or_default();
    }
    let mut blocks = blocks.into_iter();
    let matches = blocks.next().unwrap_or_default();
    (flat(matches), flat(blocks.next().unwrap_or_default()))
}

/// How long the quoted text at the start of `text` is.
fn quoted(text: &str) -> usize {
    let mut escaped = false;
    let end = text.char_indices().skip(1).find(|(_, char)| {
        let closes = *char == '"' && !escaped;
        escaped = *char == '\\' && !escaped;
        closes
    });
    end.map_or(text.len(), |(at, _)| at + 1)
}

/// A quoted text without its quotes, where it can do without.
fn bare(quoted: &str) -> Option<&str> {
    let text = quoted.strip_prefix('"')?.strip_suffix('"')?;
    let plain = |char: char| char.is_alphanumeric() || "-_./*?".contains(char);
    (!text.is_empty() && text.chars().all(plain)).then_some(text)
}

/// A block without the braces around it.
fn flat(block: String) -> String {
    let inner = block.strip_prefix('{').and_then(|it| it.strip_suffix('}'));
    inner.map_or(block.clone(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::texts;

    #[test]
    fn guards() {
        check(
            r#"{"any":[{"resources":{"kinds":["Pod","apps/*",],},},],}~"#,
            "any: [{resources: {kinds: [Pod, apps/*]}}]",
            "",
        );
        check(
            r#"{"resources":{"names":["a b\"",],},}{"resources":{"annotations":{"a":"~",},},} in shop"#,
            r#"resources: {names: ["a b\""]}"#,
            r#"resources: {annotations: {a: "~"}}"#,
        );
        check("~~", "", "");
    }

    #[track_caller]
    fn check(key: &str, matches: &str, excludes: &str) {
        assert_eq!(texts(key), (matches.to_owned(), excludes.to_owned()));
    }
}
