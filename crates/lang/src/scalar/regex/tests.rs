//! Patterns against what Go's `regexp` answers.

use super::Regex;

#[test]
#[rustfmt::skip] // A table: its columns stay aligned.
fn matching() {
    //    pattern              fits                                  does not
    check("",                  &["", "x"],                           &[]);
    check("^a.c$",             &["abc", "aéc"],                      &["a\nc", "abcd", "abc\n"]);
    check("(?s)a.c",           &["a\nc"],                            &["ac"]);
    check("(?m)^b$",           &["a\nb\nc"],                         &["a b"]);
    check("(?i)É",             &["é", "É"],                          &["e"]);
    check("(?i)k",             &["K", "\u{212a}"],                   &["c"]);
    check("(?i)[^k]",          &["a"],                               &["K", "\u{212a}"]);
    check("(?i:a)b",           &["Ab"],                              &["AB"]);
    check("(?i)a(?-i)b",       &["Ab"],                              &["AB"]);
    check(r"^\d+$",            &["12"],                              &["٣", ""]);
    check(r"^\w$",             &["_", "a"],                          &["é"]);
    check(r"^\s$",             &["\t", "\n", "\x0c", "\r", " "],     &["\x0b", "\u{a0}"]);
    check(r"^[[:space:]]$",    &["\x0b"],                            &["\u{a0}"]);
    check(r"^\W$",             &["é", "\u{212a}"],                   &["a"]);
    check(r"\bfoo\b",          &["a foo b", "éfoo"],                 &["foos"]);
    check(r"\Bo",              &["fo"],                              &["o"]);
    check(r"^\p{L}\pN\P{Lu}$", &["é٣x", "a1 "],                      &["a1A"]);
    check(r"^\p{Greek}$",      &["α"],                               &["a"]);
    check(r"^\p{^Greek}$",     &["a"],                               &["α"]);
    check("[]a]",              &["]"],                               &["b"]);
    check("[^]a]",             &["b"],                               &["]"]);
    check("[a-]",              &["-"],                               &["b"]);
    check("^[[a]$",            &["["],                               &["b"]);
    check("^[a&&b]$",          &["&", "a"],                          &["c"]);
    check("^[+--]$",           &["+", ",", "-"],                     &["."]);
    check("^[a~~b]$",          &["~"],                               &["c"]);
    check("^a{,2}$",           &["a{,2}"],                           &["aa"]);
    check("^{}$",              &["{}"],                              &[""]);
    check("^x{1$",             &["x{1"],                             &["x"]);
    check(r"^\Qa.b\E+$",       &["a.bbb"],                           &["axb"]);
    check(r"^\Q(",             &["("],                               &["Q"]);
    check(r"^\x41\x{1F642}\101\0$", &["A🙂A\0"],                     &["A"]);
    check(r"^[\x{d000}-\x{e001}]$", &["\u{e000}", "\u{d7ff}"],       &["a"]);
    check(r"\x{d800}",         &[],                                  &["\u{d7ff}"]);
    check(r"^\_\-\%\.$",       &["_-%."],                            &["x"]);
    check("(?U)^a+?$",         &["aa"],                              &["b"]);
    check("a(?i)*b",           &["B", "aab"],                        &["c"]);
    check("(a|b|)$",           &["", "c"],                           &[]);
    check("(a*)*$",            &["aa", ""],                          &[]);
    check("(a{100}){10}",      &[],                                  &["a"]);
}

#[track_caller]
fn check(pattern: &str, fits: &[&str], does_not: &[&str]) {
    let regex = Regex::new(pattern).unwrap_or_else(|e| panic!("{e}"));
    for (texts, expect) in [(fits, true), (does_not, false)] {
        for text in texts {
            assert_eq!(regex.is_match(text), expect, "`{pattern}` on {text:?}");
        }
    }
}

#[test]
#[rustfmt::skip] // A table: its columns stay aligned.
fn refused() {
    check_refused("(",              "missing closing ): `(`");
    check_refused("((a)",           "missing closing ): `((a)`");
    check_refused("a)",             "unexpected ): `a)`");
    check_refused("[",              "missing closing ]: `[`");
    check_refused("x[^]",           "missing closing ]: `[^]`");
    check_refused("[a-",            "missing closing ]: `[a-`");
    check_refused("[z-a]",          "invalid character class range: `z-a`");
    check_refused("[a--b]",         "invalid character class range: `a--`");
    check_refused(r"[a-\d]",        r"invalid escape sequence: `\d`");
    check_refused("[[:foo:]]",      "invalid character class range: `[:foo:]`");
    check_refused(r"\p{Foo}x",      r"invalid character class range: `\p{Foo}`");
    check_refused(r"\p{Alphabetic}", r"invalid character class range: `\p{Alphabetic}`");
    check_refused(r"\p{IsLu}",      r"invalid character class range: `\p{IsLu}`");
    check_refused(r"\pX",           r"invalid character class range: `\pX`");
    check_refused(r"a\p{L",         r"invalid character class range: `\p{L`");
    check_refused(r"\p",            r"invalid character class range: `\p`");
    check_refused("(?=a)",          "invalid or unsupported Perl syntax: `(?=`");
    check_refused("(?",             "invalid or unsupported Perl syntax: `(?`");
    check_refused("(?P=n)",         "invalid or unsupported Perl syntax: `(?P`");
    check_refused("(?i-)",          "invalid or unsupported Perl syntax: `(?i-)`");
    check_refused("(?--i)",         "invalid or unsupported Perl syntax: `(?--`");
    check_refused("(?P<n",          "invalid named capture: `(?P<n`");
    check_refused("(?<>a)",         "invalid named capture: `(?<>`");
    check_refused("(?<a-b>a)",      "invalid named capture: `(?<a-b>`");
    check_refused(r"\1",            r"invalid escape sequence: `\1`");
    check_refused(r"\8",            r"invalid escape sequence: `\8`");
    check_refused(r"\Z",            r"invalid escape sequence: `\Z`");
    check_refused(r"\C",            r"invalid escape sequence: `\C`");
    check_refused(r"\é",            r"invalid escape sequence: `\é`");
    check_refused(r"\x4",           r"invalid escape sequence: `\x4`");
    check_refused(r"\x",            r"invalid escape sequence: `\x`");
    check_refused(r"\xg",           r"invalid escape sequence: `\xg`");
    check_refused(r"\x{}",          r"invalid escape sequence: `\x{}`");
    check_refused(r"\x{110000}",    r"invalid escape sequence: `\x{110000`");
    check_refused("a\\",            "trailing backslash at end of expression: ``");
    check_refused("*",              "missing argument to repetition operator: `*`");
    check_refused("a|*?",           "missing argument to repetition operator: `*?`");
    check_refused("(+)",            "missing argument to repetition operator: `+`");
    check_refused("a**",            "invalid nested repetition operator: `**`");
    check_refused("a*+?b",          "invalid nested repetition operator: `*+?`");
    check_refused("a{2}{3}",        "invalid nested repetition operator: `{2}{3}`");
    check_refused("a{1001}",        "invalid repeat count: `{1001}`");
    check_refused("a{2,1}",         "invalid repeat count: `{2,1}`");
    check_refused("a{99999999999}", "invalid repeat count: `{99999999999}`");
    check_refused("(a{100}){11}",   "invalid repeat count: `{11}`");
}

#[track_caller]
fn check_refused(pattern: &str, expect: &str) {
    let error = Regex::new(pattern).map(|_| ()).unwrap_err().to_string();
    assert_eq!(
        error,
        format!("error parsing regexp: {expect}"),
        "`{pattern}`"
    );
}

#[test]
fn hostile_patterns_are_refused() {
    let deep = "(".repeat(2_000) + &")".repeat(2_000);
    assert!(
        Regex::new(&deep)
            .unwrap_err()
            .to_string()
            .contains("nests too deeply")
    );
    let large = r"(?i)[\pL\pN]{1000}".repeat(20);
    assert!(
        Regex::new(&large)
            .unwrap_err()
            .to_string()
            .contains("too large")
    );
}

#[test]
fn deep_patterns_do_not_need_a_large_stack() {
    let deep = "(?:".repeat(990) + "a" + &")?".repeat(990);
    let small = std::thread::Builder::new().stack_size(1 << 20);
    let matched = small
        .spawn(move || Regex::new(&deep).unwrap().is_match("a"))
        .unwrap()
        .join();
    assert!(matched.unwrap());
}

#[test]
#[rustfmt::skip] // A table: its columns stay aligned.
fn replacing() {
    //            pattern                 text    template        expanded        literal
    check_replace("([0-9])([0-9])",       "12",   "${1}0",        "10",           "${1}0");
    check_replace("(?P<n>[a-z])([0-9])?", "a1b",  "$1",           "ab",           "$1$1");
    check_replace("(?P<n>[a-z])([0-9])?", "a1b",  "${n}",         "ab",           "${n}${n}");
    check_replace("(?P<n>[a-z])([0-9])?", "a1b",  "$2",           "1",            "$2$2");
    check_replace("(?P<n>[a-z])([0-9])?", "a1b",  "$1x",          "",             "$1x$1x");
    check_replace("(?P<n>[a-z])([0-9])?", "a1b",  "<$0>",         "<a1><b>",      "<$0><$0>");
    check_replace("(?P<n>[a-z])([0-9])?", "a1b",  "$$1",          "$1$1",         "$$1$$1");
    check_replace("(?P<n>[a-z])([0-9])?", "a1b",  "$",            "$$",           "$$");
    check_replace("(?P<n>[a-z])([0-9])?", "a1b",  "${n",          "${n${n",       "${n${n");
    check_replace("(?P<n>[a-z])([0-9])?", "a1b",  "$ 1",          "$ 1$ 1",       "$ 1$ 1");
    check_replace("(?P<n>[a-z])([0-9])?", "a1b",  "$01",          "",             "$01$01");
    check_replace("(?P<n>a)|(?P<n>b)",    "ab",   "<$n>",         "<a><b>",       "<$n><$n>");
    check_replace("x*",                   "abc",  "-",            "-a-b-c-",      "-a-b-c-");
    check_replace("a*",                   "baaac", "-",           "-b-c-",        "-b-c-");
    check_replace("(?P<n>.)",             "日é",  "$n.",          "日.é.",        "$n.$n.");
    check_replace("z",                    "ab",   "-",            "ab",           "ab");
}

#[track_caller]
fn check_replace(pattern: &str, text: &str, template: &str, expanded: &str, literal: &str) {
    let regex = Regex::new(pattern).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(
        regex.replace_all(text, template),
        expanded,
        "`{pattern}`, `{template}`"
    );
    assert_eq!(
        regex.replace_all_literal(text, template),
        literal,
        "`{pattern}`, `{template}`"
    );
}

#[test]
fn groups() {
    let regex = Regex::new("(?P<key>[a-z]+)(=([0-9]))?").unwrap();
    assert_eq!(
        regex.names().collect::<Vec<_>>(),
        [None, Some("key"), None, None]
    );
    let found: Vec<_> = regex.captures_iter("ab=1 c").collect();
    let expect = [
        [Some(0..4), Some(0..2), Some(2..4), Some(3..4)],
        [Some(5..6), Some(5..6), None, None],
    ];
    assert_eq!(found, expect);
    assert_eq!(regex.find_iter("ab=1 c").collect::<Vec<_>>(), [0..4, 5..6]);
}
