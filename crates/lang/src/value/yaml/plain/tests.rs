use proptest::prelude::*;
use proptest::sample::select;

use super::super::split::Part;
use super::super::tree::{self, Ending};
use super::read;
use crate::value::{Document, Item, Numbers};

#[test]
fn what_is_plain() {
    yes("a: b\n");
    yes("a: b");
    yes("a:\n  b: c\n  d: e\nf: g\n");
    yes("a:\n- b\n- c\nd:\n  - e\n  -   f: g\n      h: i\n");
    yes("- a\n- - b\n  - c\n-\n  d: e\n");
    yes("# c\n\na: b # c\n  # c\nd: # c\n  e: f\n\n\ng: 'h i'   \nj: \"k # l\"   # m\n");
    yes("a: []\nb: {}\nc: ''\nd: \"\"\n");
    yes("a: ~\nb: null\nc: yes\nd: 0x1F\ne: -1\nf: 1.5\ng: 100m\nh: --i=j\nk: http://l:1/m\n");
    yes("app.kubernetes.io/name: x\n1a: b\n");
}

#[test]
fn what_is_the_parsers() {
    for text in [
        "",
        "\n",
        "# c\n",
        "a\n",
        "\"a\"\n",
        "[a]\n",
        "a: [b]\n",
        "a: {b: c}\n",
        "a: |\n  b\n",
        "a: >-\n  b\n",
        "a: b\n  c\n",
        "a:\n  b\n",
        "a:\n",
        "- \n",
        "-\n- a\n",
        "a: &b c\n",
        "a: *b\n",
        "a: !!str b\n",
        "<<: a\n",
        "\"a\": b\n",
        "? a\n: b\n",
        "a: b\na: c\n",
        "yes: no\n",
        "1: a\n",
        "a: b: c\n",
        "a: \"b\\n\"\n",
        "a: 'b''c'\n",
        "a: \"b\n  c\"\n",
        "a:\n-\n  b: c\n",
        "a:\tb\n",
        "a: b\r\n",
        "a: \u{e9}\n",
        "--- a\n",
        "a: b\n...\n",
        "%YAML 1.1\n---\na: b\n",
        "a: - b\n",
        " a: b\nc: d\n",
        "a:\n   b: c\n  d: e\n",
        "- a\n b: c\n",
        "a: .inf\n",
        "a: @b\n",
        "a: `b`\n",
        "a: 'b' c\n",
        "a: [] b\n",
    ] {
        assert!(swept(text).is_none(), "`{text}`");
        check(text);
    }
    let deep: String = (0..200)
        .map(|depth| format!("{}a:\n", " ".repeat(depth)))
        .collect();
    assert!(swept(&format!("{deep}{}a: b\n", " ".repeat(200))).is_none());
    assert!(swept(&format!("{}: a\n", "k".repeat(2000))).is_none());
    assert!(swept(&format!("{}a: b\n", "# c\n".repeat(200))).is_none());
}

#[test]
fn keys_that_stand_twice_are_the_parsers() {
    let keys = |count: usize| {
        (0..count)
            .map(|key| format!("k{key}: v\n"))
            .collect::<String>()
    };
    yes(&keys(100));
    for count in [1, 15, 16, 17, 100] {
        let text = keys(count) + "k0: v\n";
        assert!(swept(&text).is_none(), "{count}");
    }
}

#[track_caller]
fn yes(text: &str) {
    assert!(swept(text).is_some(), "`{text}`");
    check(text);
}

fn swept(text: &str) -> Option<Document> {
    read(Part { text, offset: 7 }, Numbers::AsWritten)
}

/// What the sweep reads, the parser reads too, and no otherwise; every node stands at the same place.
#[track_caller]
fn check(text: &str) {
    for numbers in [Numbers::AsWritten, Numbers::Doubles] {
        let part = Part { text, offset: 7 };
        let Some(swept) = read(part, numbers) else {
            continue;
        };
        let parsed = tree::read(part, numbers, Ending::Lines).map(Option::unwrap);
        assert_eq!(
            told(swept.item()),
            parsed.as_ref().map(|parsed| told(parsed.item())).unwrap(),
            "`{text}`"
        );
    }
}

fn told(item: Item<'_>) -> Vec<String> {
    let mut all = vec![format!("{:?} {:?}", item.span(), item.value())];
    for entry in item.entries() {
        all.push(format!("{:?} {}", entry.key_span, entry.key));
        all.extend(told(entry.item));
    }
    item.elements()
        .for_each(|element| all.extend(told(element)));
    all
}

/// Lines, most of them plain.
const LINES: &[&str] = &[
    "a: 1",
    "b: x y  z",
    "c:",
    "d:  ",
    "e: # c",
    "f: \"q\"",
    "g: 'r'",
    "h: []",
    "i: {}",
    "j: ~",
    "k: -1",
    "l: http://m",
    "n: a#b",
    "o: p # c",
    "q.r/s-t: u",
    "v: --w=x",
    "- a",
    "- 'b'",
    "- b: c",
    "-",
    "- ",
    "- - d",
    "-   e: f",
    "- []",
    "- g:",
    "# c",
    "",
    "  ",
    "a: b: c",
    "h: |",
    "i: >",
    "text",
    "\"q\": r",
    "'q'",
    "? s",
    ": t",
    "t: &a u",
    "v: *a",
    "<<: x",
    "yes: no",
    "w: 0x1F",
    "x: 1_000",
    "y: .5",
    "z: .inf",
    "---",
    "--- a",
    "...",
    "%YAML 1.1",
    "k: - 1",
    "o:p",
    "u: [v]",
    "- - - w",
    "-x",
    "--",
    "x: \"y\\n\"",
    "x: 'y",
    "z: a:",
    "aa: (b)",
    "ab: $(c)",
    "ac: {{d}}",
    "ad: \"{{ e }}\"",
    "1: 2",
];

prop_compose! {
    fn line()(indent in select(&[0, 0, 0, 1, 2, 2, 2, 3, 4, 4, 6][..]), plain in 0..LINES.len() * 3) -> String {
        // The front of the table is chosen more often.
        let text = LINES.get(plain % LINES.len().min(plain / 2 + 1)).copied().unwrap_or_default();
        format!("{}{text}", " ".repeat(indent))
    }
}

/// A document as tools print it.
fn tree_text() -> impl Strategy<Value = String> {
    let leaf = select(
        &[
            "x", "1", "'y z'", "\"\"", "[]", "{}", "null", "true", "-5", "a b", "100m",
        ][..],
    );
    let leaf = leaf.prop_map(|word| vec![word.to_owned()]);
    leaf.prop_recursive(5, 40, 4, |inner| {
        let children = prop::collection::vec(inner, 1..4);
        (children, 0..4_usize).prop_map(|(children, form)| {
            let is_block = |child: &[String]| {
                child.len() > 1
                    || child.iter().any(|line| {
                        line.starts_with('-') && !line.starts_with("-5") || line.contains(": ")
                    })
            };
            let mut lines = Vec::new();
            for (index, child) in children.iter().enumerate() {
                let head = if form < 2 {
                    "-".to_owned()
                } else {
                    format!("k{index}:")
                };
                let step = if form == 3 { "" } else { "  " };
                let nests = is_block(child);
                let inline = !nests || form == 0;
                if inline {
                    let (first, rest) = child.split_first().unwrap();
                    lines.push(format!("{head} {first}"));
                    lines.extend(rest.iter().map(|line| format!("  {line}")));
                } else {
                    let is_list = child.first().is_some_and(|line| line.starts_with('-'));
                    let step = if is_list { step } else { "  " };
                    lines.push(head);
                    lines.extend(child.iter().map(|line| format!("{step}{line}")));
                }
            }
            lines
        })
    })
    .prop_map(|lines| lines.join("\n") + "\n")
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn lines_at_random(lines in prop::collection::vec(line(), 1..9), end in select(&["", "\n", "\n\n"][..])) {
        check(&(lines.join("\n") + end));
    }

    #[test]
    fn documents_with_a_fault(text in tree_text(), at in any::<prop::sample::Index>(), put in select(&["", " ", "  ", "\n", "-", ":", ": ", "#", " #", "'", "\"", "- ", "a", "&", "{", "]", "|"][..]), cut in 0..3_usize) {
        check(&text);
        let at = at.index(text.len());
        let end = (at + cut).min(text.len());
        check(&format!("{}{put}{}", &text[..at], &text[end..]));
    }
}
