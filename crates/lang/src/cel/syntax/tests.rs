use super::ast::{Expr, ExprKind, Literal};
use super::parse;
use crate::cel::library::{Libraries, Library};

#[test]
#[rustfmt::skip] // A table: its columns stay aligned.
fn trees() {
    tree("a + b * c",           "(_+_ a (_*_ b c))");
    tree("a - b - c",           "(_-_ (_-_ a b) c)");
    tree("a < b == c",          "(_==_ (_<_ a b) c)");
    tree("-1",                  "-1");
    tree("- 1",                 "-1");
    tree("--1",                 "1");
    tree("-a",                  "(-_ a)");
    tree("!!!a",                "(!_ a)");
    tree("a ? b : c ? d : e",   "(_?_:_ a b (_?_:_ c d e))");
    tree("a && b && c && d",    "(_&&_ (_&&_ a b) (_&&_ c d))");
    tree("a || b && c",         "(_||_ a (_&&_ b c))");
    tree("a.b.c(d)[e]",         "(_[_] (a.b.c d) e)");
    tree("a.?b[?c]",            "(_[?_] (_?._ a \"b\") c)");
    tree(".a.b{c: 1, ?d: e,}",  "{.a.b c: 1, ?d: e}");
    tree("[1, ?a, 2u,]",        "[1, ?a, 2u]");
    tree("{'a': 1, ?b: c}",     "{\"a\": 1, ?b: c}");
    tree("a.`b-c`",             "a.b-c");
    tree("has(a.b)",            "has(a.b)");
    tree("x in y // comment",   "(@in x y)");
    tree("0x1F + 1e3 + .5",     "(_+_ (_+_ 31 1000.0) 0.5)");
    tree("math.greatest(1, 2)", "(math.@max 1 2)");
    tree("a.optMap(b, c)",      "(_?_:_ a.hasValue() (optional.of (let b = a.value() in c)) (optional.none))");
}

#[test]
#[rustfmt::skip] // A table: its columns stay aligned.
fn strings() {
    string(r#""a\tb\x41\u00e9\U0001F600\101""#, "a\tbA\u{e9}\u{1F600}A");
    string(r#"r'a\tb'"#,                       r"a\tb");
    string("'''a\r\n'b'\r'''",                 "a\n'b'\n");
    string(r#""""#,                            "");
    string("\"\"\"\"\"\"",                     "");
}

const EXPR: &str = "{'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, \
                    NUM_UINT, STRING, BYTES, IDENTIFIER}";

#[test]
#[rustfmt::skip] // A table: its columns stay aligned.
fn mistakes() {
    wrong("",                &[&format!("1:0: Syntax error: mismatched input '<EOF>' expecting {EXPR}")]);
    wrong("a b",             &["1:3: Syntax error: extraneous input 'b' expecting <EOF>"]);
    wrong("a b c",           &["1:3: Syntax error: mismatched input 'b' expecting <EOF>"]);
    wrong("a = 1",           &["1:3: Syntax error: token recognition error at: '= '",
                               "1:5: Syntax error: extraneous input '1' expecting <EOF>"]);
    wrong("1 <> 2",          &[&format!("1:4: Syntax error: extraneous input '>' expecting {EXPR}")]);
    wrong("/* c */ true",    &[&format!("1:1: Syntax error: mismatched input '/' expecting {EXPR}"),
                               &format!("1:2: Syntax error: extraneous input '*' expecting {EXPR}"),
                               &format!("1:7: Syntax error: extraneous input '/' expecting {EXPR}")]);
    wrong("var x = 1",       &["1:1: reserved identifier: var",
                               "1:5: Syntax error: mismatched input 'x' expecting <EOF>",
                               "1:7: Syntax error: token recognition error at: '= '"]);
    wrong("a[1",             &["1:4: Syntax error: missing ']' at '<EOF>'"]);
    wrong("a[1:2]",          &["1:4: Syntax error: mismatched input ':' expecting ']'"]);
    wrong("[1,,2]",          &["1:4: Syntax error: mismatched input ',' expecting ']'"]);
    wrong("{'a'}",           &["1:5: Syntax error: mismatched input '}' expecting ':'"]);
    wrong("a..b",            &["1:3: Syntax error: no viable alternative at input '..'"]);
    wrong("a.in",            &["1:3: Syntax error: no viable alternative at input '.in'",
                               &format!("1:5: Syntax error: mismatched input '<EOF>' expecting {EXPR}")]);
    wrong("a.true",          &["1:3: Syntax error: mismatched input 'true' expecting IDENTIFIER"]);
    wrong("a.1 == 1",        &["1:2: Syntax error: mismatched input '.1' expecting <EOF>"]);
    wrong("'a",              &["1:1: Syntax error: token recognition error at: ''a'",
                               &format!("1:3: Syntax error: mismatched input '<EOF>' expecting {EXPR}")]);
    wrong("'\\uD800'",       &["1:1: invalid unicode code point"]);
    wrong("9223372036854775808", &["1:1: invalid int literal"]);
    wrong("1e999",           &["1:1: invalid double literal"]);
    wrong("has(1)",          &["1:5: invalid argument to has() macro"]);
    wrong("[1].map(x.y, x)", &["1:10: argument is not an identifier"]);
    wrong("[1].all(x.y, x)", &["1:10: argument must be a simple name"]);
}

#[test]
fn deep_nesting_is_refused() {
    // Without optimisation a level of brackets takes many large frames.
    let deep = std::thread::Builder::new().stack_size(64 << 20).spawn(|| {
        wrong(
            &"[".repeat(251),
            &["-1:0: expression recursion limit exceeded: 250"],
        );
        let brackets = |count| format!("{}1{}", "(".repeat(count), ")".repeat(count));
        assert!(parse(&brackets(249), libraries()).is_ok());
    });
    deep.expect("a thread").join().expect("no panic");
}

fn libraries() -> Libraries {
    Libraries::KUBERNETES.and(Libraries::of(&[Library::Math, Library::Bindings]))
}

#[track_caller]
fn tree(source: &str, expect: &str) {
    match parse(source, libraries()) {
        Ok(ast) => assert_eq!(show(&ast.root), expect, "`{source}`"),
        Err(issues) => panic!("`{source}`: {issues}"),
    }
}

#[track_caller]
fn string(source: &str, expect: &str) {
    let ast = parse(source, libraries()).expect(source);
    match ast.root.kind {
        ExprKind::Literal(Literal::String(text)) => assert_eq!(text, expect, "`{source}`"),
        other => panic!("`{source}`: {other:?}"),
    }
}

/// Compares the first lines of the messages; an expected one may be the beginning.
#[track_caller]
fn wrong(source: &str, expect: &[&str]) {
    let issues = parse(source, libraries()).expect_err(source).to_string();
    let found: Vec<_> = issues
        .lines()
        .filter_map(|line| line.strip_prefix("ERROR: <input>:"))
        .collect();
    let same =
        found.len() == expect.len() && found.iter().zip(expect).all(|(f, e)| f.starts_with(e));
    assert!(same, "`{source}`: {found:#?}");
}

fn show(expr: &Expr) -> String {
    let all = |list: &[Expr]| {
        list.iter()
            .map(|e| format!(" {}", show(e)))
            .collect::<String>()
    };
    let optional = |optional: bool| if optional { "?" } else { "" };
    match &expr.kind {
        ExprKind::Hole => "hole".into(),
        ExprKind::Literal(Literal::Null) => "null".into(),
        ExprKind::Literal(Literal::Bool(flag)) => flag.to_string(),
        ExprKind::Literal(Literal::Int(number)) => number.to_string(),
        ExprKind::Literal(Literal::Uint(number)) => format!("{number}u"),
        ExprKind::Literal(Literal::Double(number)) => format!("{number:?}"),
        ExprKind::Literal(Literal::String(text)) => format!("{text:?}"),
        ExprKind::Literal(Literal::Bytes(bytes)) => format!("b{bytes:?}"),
        ExprKind::Ident(name) => name.clone(),
        ExprKind::Select {
            operand,
            field,
            test_only: false,
        } => format!("{}.{field}", show(operand)),
        ExprKind::Select {
            operand,
            field,
            test_only: true,
        } => format!("has({}.{field})", show(operand)),
        ExprKind::Call {
            target: None,
            function,
            args,
        } => format!("({function}{})", all(args)),
        ExprKind::Call {
            target: Some(target),
            function,
            args,
        } if args.is_empty() => {
            format!("{}.{function}()", show(target))
        }
        ExprKind::Call {
            target: Some(target),
            function,
            args,
        } => {
            format!("({}.{function}{})", show(target), all(args))
        }
        ExprKind::List(items) => {
            let items = items
                .iter()
                .map(|i| format!("{}{}", optional(i.optional), show(&i.value)));
            format!("[{}]", items.collect::<Vec<_>>().join(", "))
        }
        ExprKind::Map(entries) => {
            let entries = entries.iter().map(|e| {
                format!(
                    "{}{}: {}",
                    optional(e.optional),
                    show(&e.key),
                    show(&e.value)
                )
            });
            format!("{{{}}}", entries.collect::<Vec<_>>().join(", "))
        }
        ExprKind::Struct { name, fields } => {
            let fields = fields
                .iter()
                .map(|f| format!("{}{}: {}", optional(f.optional), f.name, show(&f.value)));
            format!("{{{name} {}}}", fields.collect::<Vec<_>>().join(", "))
        }
        ExprKind::Comprehension(fold) => {
            format!(
                "(let {} = {} in {})",
                fold.accumulator,
                show(&fold.init),
                show(&fold.result)
            )
        }
    }
}
