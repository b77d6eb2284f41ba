use bumpalo::Bump;

use super::{Bundling, Record};
use crate::cel::library::{Libraries, Nothing};
use crate::cel::types::Type;
use crate::cel::val::{self, Fault, Reading, Val};
use crate::cel::{Environment, Inputs, Program, Variable};
use crate::value::{Document, Numbers};

const OBJECTS: [&str; 3] = [
    r#"{"a": [{"n": 1, "s": {"p": true}, "l": ["x", "y"]}, {"n": 2, "s": {}, "l": []}, {"n": 3}],
        "b": ["x", "y", "x"], "m": {"x": 1, "y": 2}, "t": "x"}"#,
    r#"{"a": [], "b": "x", "m": {}}"#,
    r#"{"a": [{"n": 1, "l": ["x"]}, 7, {"n": "z", "s": {"p": 1}}], "m": {"x": {"y": 1}}}"#,
];

/// Variables, each of which sees those in front of it.
const VARIABLES: [(&str, &str); 6] = [
    ("a", "object.a"),
    ("every", "object.a + object.?b.orValue([])"),
    ("maybe", "object.?m"),
    ("held", "{'o': optional.of({'k': 1})}.o"),
    ("numbers", "variables.a.map(e, e.n)"),
    ("ones", "object.a.exists(e, e.n == 1)"),
];

const EXPRESSIONS: [&str; 60] = [
    "object.a.all(e, e.n > 0)",
    "variables.a.all(x, x.?s.?p.orValue(false) == true || x.n > 1)",
    "object.a.all(e, e.?s.hasValue() && variables.ones)",
    "object.a.exists(e, variables.ones && e.n == 3)",
    "object.a.exists(e, object.a.exists(f, e.n == f.n + 1))",
    "object.a.all(e, object.a.all(f, e.n == f.n || e != f))",
    "object.a.all(e, object.a.all(f, f.n > 0))",
    "object.a.all(e, e.?l.orValue([]).all(t, t == 'x'))",
    "object.a.all(e, e.?l.orValue([]).all(t, t in object.b))",
    "object.a.exists(e, e.?l.orValue([]).exists(t, t == 'y' && e.n == 1))",
    "object.a.all(e, object.b.exists(t, t == 'x'))",
    "object.b.all(t, object.a.exists(e, t in e.l))",
    "object.b.exists(t, object.a.all(e, e.n > 0))",
    "object.b.exists(t, object.a.all(e, object.b.exists(u, u == t)))",
    "object.b.all(t, object.b.all(u, object.b.exists(v, v == t || v == u)))",
    "object.a.filter(e, e.n > 1).map(e, e.n)",
    "object.a.filter(e, e.n > 1).all(e, e.n > 1)",
    "object.a.exists_one(e, e.n == 1)",
    "variables.numbers == [1.0, 2.0, 3.0]",
    "variables.numbers.sum() > 2.0 && variables.numbers.size() == 3",
    "object.m.all(k, k in object.b)",
    "object.m.all(k, v, v > 0)",
    "object.m.exists(k, v, k == 'x' && v == 1)",
    "object.m.transformMap(k, v, k + 'q')",
    "object.a.all(i, e, i >= 0)",
    "object.a.exists(i, e, i == 1 && e.n == 2)",
    "variables.maybe.hasValue()",
    "dyn(variables.maybe.x) == 1",
    "variables.maybe.orValue({}).x == 1",
    "object.?m.x.orValue(0) == 1",
    "object.?m.?x.?y.hasValue()",
    "object.?m.?x.hasValue()",
    "object.?m.orValue({}).?x.orValue(5) == 5",
    "has(object.m) && has(object.m.x)",
    "has(object.m.x.y)",
    "has(object.?m.x)",
    "!has(object.nope) || object.nope.x",
    "object.m.x.y == 1",
    "dyn(variables.held.k) == 1",
    "dyn({'o': optional.of({'k': 1})}.o.k) == 1",
    "cel.bind(o, {'o': optional.of({'k': 1})}.o, dyn(o.k) == 1)",
    "[optional.of({'k': 1})].all(o, o.k == optional.of(1))",
    "[object.?m, object.?nope].map(o, o.?x.hasValue()).size() == 2",
    "cel.bind(x, object.a, x.all(e, e.n > 0))",
    "cel.bind(x, object.nope, true)",
    "cel.bind(x, object.nope, x)",
    "object.a.all(e, cel.bind(n, e.n, n > 0 && n < 4))",
    "object.nope == 1 || object.t == 'x'",
    "object.t == 'x' || object.nope == 1",
    "object.t.matches('^x+$') && object.t.matches('^x+$')",
    "object.t in ['x', 'y'] ? object.a[0].n : object.b[0]",
    "object.a[0].n + object.a[0].n",
    "object.a[?0].?n.orValue(0) == 1",
    "object[object.t]",
    "object.m[object.t] == object.m['x']",
    "[?object.?t, dyn('y')] == ['x', 'y']",
    "{?'k': object.?t, 'l': object.a}.size()",
    "type(object.t) == string && string(object.m.x) == '1'",
    "quantity(string(object.m.x) + 'Gi').isGreaterThan(quantity('512Mi'))",
    "lists.range(3).all(i, lists.range(3).exists(j, i == j))",
];

/// All together, in both orders, each comes to what it comes to alone, and costs at least half as much.
#[test]
fn in_a_bundle_everything_means_the_same() {
    let mut environment = Environment::new(Libraries::KUBERNETES.and(Libraries::KYVERNO));
    environment.declare("object", Type::Dyn);
    let ty = environment.declare_struct("variables", []);
    let variable = environment.declare("variables", ty);
    let mut programs: Vec<(&str, Program)> = Vec::new();
    for (name, source) in VARIABLES {
        let program = environment.compile(source).expect(source);
        environment.declare_field("variables", name, program.result_type().clone());
        programs.push((name, program));
    }
    let fields = |name: &str| {
        let found = programs.iter().find(|(field, _)| *field == name);
        found.map(|(_, program)| program)
    };
    let compiled = EXPRESSIONS.map(|source| environment.compile(source).expect(source));
    let bundle = |numbers: &mut dyn Iterator<Item = usize>| {
        let mut bundling = Bundling::default();
        for number in numbers {
            let record = Record {
                variable,
                fields: &fields,
            };
            let added = bundling.add(compiled.get(number), &record);
            assert_eq!(added, Ok(()), "`{}`", EXPRESSIONS[number]);
        }
        bundling.finish()
    };
    let last = EXPRESSIONS.len() - 1;
    let forth = bundle(&mut (0..=last));
    let back = bundle(&mut (0..=last).rev());
    let (_, sweeps, quantifiers) = forth.shared();
    assert!(
        sweeps > 3 && quantifiers > 3 * sweeps,
        "{sweeps}, {quantifiers}"
    );
    for object in OBJECTS {
        let document = Document::from_json(object.as_bytes(), Numbers::Doubles).unwrap();
        let bump = Bump::new();
        let object = Val::read(document.root(), Reading::Whole);
        let mut known = Known(Vec::new());
        for (name, program) in &programs {
            let values = [Some(object), Some(Val::Record(bump.alloc(known.clone())))];
            let value = program.evaluate(&inputs(&values, &bump)).result;
            known.0.push((name, value));
        }
        let values = [Some(object), Some(Val::Record(bump.alloc(known)))];
        let shared = [Some(object), None];
        let mut forth = forth.begin(&inputs(&shared, &bump));
        let mut back = back.begin(&inputs(&shared, &bump));
        for (number, source) in EXPRESSIONS.iter().enumerate() {
            let whole = compiled[number].evaluate(&inputs(&values, &bump));
            let own = shown(whole.result);
            assert_eq!(shown(forth.value(number)), own, "`{source}`");
            assert!(
                forth.spent() * 2 >= whole.cost,
                "`{source}`: {}",
                whole.cost
            );
            assert_eq!(
                shown(back.value(last - number)),
                own,
                "`{source}`, backwards"
            );
        }
    }
}

/// Loops within loops, none of which depends on another, are gathered in a moment.
#[test]
fn deep_loops_take_no_time() {
    let environment = Environment::new(Libraries::KUBERNETES);
    let mut source = "true".to_owned();
    for depth in 0..24 {
        source = format!("[1].all(x{depth}, {source})");
    }
    let program = environment.compile(&source).unwrap();
    let record = Record {
        variable: Variable(u16::MAX),
        fields: &|_| None,
    };
    let mut bundling = Bundling::default();
    bundling.add([&program], &record).unwrap();
    let bump = Bump::new();
    let bundle = bundling.finish();
    let value = bundle.begin(&inputs(&[], &bump)).value(0);
    assert!(matches!(value, Ok(Val::Bool(true))));
}

fn inputs<'v, 'r>(variables: &'r [Option<Val<'v>>], bump: &'v Bump) -> Inputs<'v, 'r> {
    Inputs {
        variables,
        bump,
        outside: &Nothing,
        cost_limit: u64::MAX,
    }
}

/// Variables whose values are known.
#[derive(Clone, Debug)]
struct Known<'v>(Vec<(&'v str, Result<Val<'v>, Fault<'v>>)>);

impl val::Record for Known<'_> {
    fn type_name(&self) -> &str {
        "variables"
    }

    fn field<'b>(&'b self, name: &str) -> Option<Result<Val<'b>, Fault<'b>>> {
        let found = self.0.iter().find(|(field, _)| *field == name);
        found.map(|(_, value)| *value)
    }
}

fn shown(result: Result<Val<'_>, Fault<'_>>) -> Option<String> {
    result.ok().map(|value| format!("{value}"))
}
