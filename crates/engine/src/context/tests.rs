use std::net::IpAddr;

use bumpalo::Bump;
use portcullis_lang::functions::Inputs;
use portcullis_lang::value::{Document, Item, Numbers, Value, to_json, yaml};

use super::{Context, Queries, Setting};
use crate::doc::ContextEntry;
use crate::facts::{Answer, ApiCall, ApiTarget, Fact, FactKind, Facts, Fault, ImageData, Method};
use crate::review::{Operation, Review, UserInfo};

const POD: &str = r#"{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p", "namespace": "ns"},
    "spec": {"s": "str", "n": 3, "nul": null, "l": ["x", "y"], "name": "s",
        "containers": [{"name": "a", "image": "nginx"}, {"name": "b", "image": "ghcr.io/o/r:1"}]}}"#;

struct Fixed;

impl Inputs for Fixed {
    fn now(&self) -> i128 {
        0
    }

    fn random(&self) -> u64 {
        4
    }

    fn resolve_host(&self, _: &str) -> Option<Result<Vec<IpAddr>, String>> {
        None
    }
}

/// What is known, by fact.
#[derive(Default)]
struct Memory(Vec<(Fact, Result<Document, String>)>);

impl Memory {
    fn knows(mut self, fact: Fact, answer: Result<&str, &str>) -> Self {
        let answer = answer.map(|text| read(text, Numbers::Doubles));
        self.0.push((fact, answer.map_err(str::to_owned)));
        self
    }
}

impl Facts for Memory {
    /// Everything but images.
    fn offers(&self, kind: FactKind) -> bool {
        kind != FactKind::Image
    }

    fn get(&self, fact: &Fact) -> Option<Answer<'_>> {
        let (_, answer) = self.0.iter().find(|(known, _)| known == fact)?;
        Some(answer.as_ref().map_err(String::clone))
    }
}

fn read(text: &str, numbers: Numbers) -> Document {
    yaml::read_one(text, numbers).unwrap()
}

fn entries(text: &str) -> Vec<ContextEntry> {
    let entry = |item: Item<'_>| ContextEntry {
        name: item.value().text("name").to_owned(),
        document: item.to_document(),
    };
    let document = read(text, Numbers::AsWritten);
    document.item().elements().map(entry).collect()
}

/// An evaluation to be: everything that a context borrows.
struct Case {
    pod: Document,
    entries: Vec<ContextEntry>,
    facts: Memory,
    queries: Queries,
    operation: Operation,
}

impl Case {
    fn new(written: &str, facts: Memory) -> Self {
        Case {
            pod: read(POD, Numbers::Doubles),
            entries: entries(written),
            facts,
            queries: Queries::default(),
            operation: Operation::Create,
        }
    }

    fn plain(written: &str) -> Self {
        Self::new(written, Memory::default())
    }

    /// The same with its expressions parsed beforehand.
    fn parsed(mut self) -> Self {
        for entry in &self.entries {
            self.queries.add_document(entry.document.root());
            let variable = entry.document.root().get("variable");
            self.queries
                .add(variable.map_or("", |body| body.text("jmesPath")));
        }
        self
    }

    fn deleting(mut self) -> Self {
        self.operation = Operation::Delete;
        self
    }

    fn context<'v>(&'v self, bump: &'v Bump) -> Context<'v> {
        let review =
            Review::of_resource(bump, self.pod.root(), self.operation, UserInfo::default());
        let setting = Setting::new(bump, &self.facts, &Fixed, &self.queries);
        let mut context = Context::new(setting, &review);
        context.register(&self.entries).unwrap();
        context
    }

    #[track_caller]
    fn check(&self, case: &str, text: &str, expect: &str) {
        let bump = Bump::new();
        assert_eq!(filled(&mut self.context(&bump), text), expect, "{case}");
    }
}

/// What a text becomes, or why it does not.
fn filled<'v>(context: &mut Context<'v>, text: &str) -> String {
    let text = Value::Str(context.bump().alloc_str(text));
    match context.substitute(text) {
        Ok(value) => to_json(value),
        Err(fault) => fault.to_string(),
    }
}

#[test]
#[rustfmt::skip] // A table: its columns stay aligned.
fn request() {
    check("[]", "{{ request.operation }}",            r#""CREATE""#);
    check("[]", "{{ request.namespace }}",            r#""ns""#);
    check("[]", "{{ keys(request) | sort(@) }}",      r#"["namespace","object","operation"]"#);
    check("[]", "{{ keys(@) | sort(@) }}",            r#"["request"]"#);
    check("[]", "{{ request.object.spec.n }}",        "3");
    check("[]", "{{ @ }}",                            &to_json(read(POD, Numbers::Doubles).root()));
    check("[]", "{{ request.name }}",                 r#"failed to resolve request.name at path : JMESPath query failed: Unknown key "name" in path"#);
    check("[]", "{{ bad( }}",                         "failed to resolve bad( at path : incorrect query bad(: SyntaxError: Incomplete expression");
    check("[]", "{{ nofn(`1`) }}",                    "failed to resolve nofn(`1`) at path : JMESPath query failed: unknown function: nofn");
    check("[]", "{{ }}",                              "failed to resolve  at path : invalid query (nil)");
    check("[]", "{{ request.object.spec.{{ request.object.spec.name }} }}", r#""str""#);
    Case::plain("[]").deleting().check("deleting", "{{ request.object.spec.n }}", "3");
    Case::plain("[]").deleting().check("deleting", "{{ keys(request) | sort(@) }}", r#"["namespace","oldObject","operation"]"#);
    Case::plain("[{name: v, variable: {jmesPath: request.object.spec.n, default: d}}]").deleting()
        .check("a bare expression is not rewritten", "{{ v }}", r#""d""#);
}

#[test]
#[rustfmt::skip] // A table: its columns stay aligned.
fn variables() {
    check("[{name: v, variable: {value: 1}}]",                      "{{ type(v) }} {{ v }}", r#""number 1""#);
    check("[{name: v, variable: {value: [1, '{{ request.object.spec.s }}']}}]", "{{ v }}", r#"[1,"str"]"#);
    check("[{name: v, variable: {value: {'{{ request.object.spec.s }}': x}}}]", "{{ v }}", r#"{"str":"x"}"#);
    check("[{name: v, variable: {value: \"{{ compare('a', 'b') }}\"}}]", "{{ type(v) }}",   r#""number""#);
    check("[{name: v, variable: {value: ''}}]",                     "{{ v }}",   r#""""#);
    check("[{name: v, variable: {jmesPath: request.object.spec.s}}]", "{{ v }}", r#""str""#);
    check("[{name: v, variable: {jmesPath: 'request.object.spec.{{ request.object.spec.name }}'}}]", "{{ v }}", r#""str""#);
    check("[{name: v, variable: {jmesPath: request.object.spec.x, default: d}}]",   "{{ v }}", r#""d""#);
    check("[{name: v, variable: {jmesPath: request.object.spec.nul, default: d}}]", "{{ v }}", r#""d""#);
    check("[{name: v, variable: {jmesPath: 'length(`1`)', default: d}}]",           "{{ v }}", r#""d""#);
    check("[{name: v, variable: {jmesPath: '`false`', default: d}}]",               "{{ v }}", "false");
    check("[{name: v, variable: {value: {a: {b: 2}}, jmesPath: a.b}}]",             "{{ v }}", "2");
    check("[{name: v, variable: {value: [3, 1, 2], jmesPath: sort(@)}}]",           "{{ v }}", "[1,2,3]");
    check("[{name: v, variable: {value: {a: 1}, jmesPath: x, default: d}}]",        "{{ v }}", r#""d""#);
    fail("[{name: v, variable: {jmesPath: request.object.spec.x}}]", r#"failed to apply jmespath request.object.spec.x to variable <nil>: JMESPath query failed: Unknown key "x" in path"#);
    fail("[{name: v, variable: {value: {a: 1}, jmesPath: x}}]",      r#"failed to apply jmespath x to variable <nil>: Unknown key "x" in path"#);
    fail("[{name: v, variable: {jmesPath: request.object.spec.nul}}]", "failed to add context entry for variable v since it evaluated to nil");
    fail("[{name: v, variable: {value: {a: null}, jmesPath: a, default: d}}]", "failed to add context entry for variable v since it evaluated to nil");
    fail("[{name: v, variable: {value: '{{ x }}', default: d}}]",    r#"failed to substitute variables in context entry v {{ x }}: failed to resolve x at path : JMESPath query failed: Unknown key "x" in path"#);
    fail("[{name: v, variable: {jmesPath: request.object.spec.s, default: '{{ x }}'}}]", r#"failed to substitute variables in context entry v {{ x }}: failed to resolve x at path : JMESPath query failed: Unknown key "x" in path"#);
    check("[{name: v, variable: {jmesPath: x}}]", "an entry that is not mentioned does not fail", r#""an entry that is not mentioned does not fail""#);
    check("[{name: v, variable: {jmesPath: x}}]", "{{ request.object.spec.v || 'nor here' }}",     r#""nor here""#);
}

#[test]
#[rustfmt::skip] // A table: its columns stay aligned.
fn entries_see_those_in_front() {
    let unknown = |key: &str| format!(r#"JMESPath query failed: Unknown key "{key}" in path"#);
    let in_front = "[{name: b, variable: {value: x}}, {name: a, variable: {value: '{{ b }}-y'}}]";
    let behind = "[{name: a, variable: {value: '{{ b }}'}}, {name: b, variable: {value: x}}]";
    let twice = "[{name: a, variable: {value: x}}, {name: a, variable: {value: '{{ a }}y'}}]";
    let itself = "[{name: a, variable: {value: '{{ a }}'}}]";
    let longer = "[{name: a, variable: {value: x}}, {name: ab, variable: {value: '{{ a }}z'}}, {name: abc, variable: {value: '{{ ab }}{{ a }}'}}]";
    check(in_front, "{{ a }}",        r#""x-y""#);
    check(in_front, "{{ a }}{{ b }}", r#""x-yx""#);
    check(twice,    "{{ a }}",        r#""xy""#);
    check(longer,   "{{ abc }}",      r#""xzx""#);
    check("[{name: a-b, variable: {value: x}}]", "{{ \"a-b\" }}", r#""x""#);
    check(behind,   "{{ a }}", &format!("failed to resolve a at path : failed to substitute variables in context entry a {{{{ b }}}}: failed to resolve b at path : {}", unknown("b")));
    check(itself,   "{{ a }}", &format!("failed to resolve a at path : failed to substitute variables in context entry a {{{{ a }}}}: failed to resolve a at path : {}", unknown("a")));
}

#[track_caller]
fn check(written: &str, text: &str, expect: &str) {
    Case::plain(written).check(written, text, expect);
    Case::plain(written).parsed().check(written, text, expect);
}

#[track_caller]
fn fail(written: &str, expect: &str) {
    check(
        written,
        "{{ v }}",
        &format!("failed to resolve v at path : {expect}"),
    );
}

#[test]
fn what_is_loaded_stays_and_what_is_registered_goes() {
    let rule = "[{name: r, variable: {value: '{{ element || `0` }}'}}]";
    let case = Case::plain(rule);
    let of_loop = entries("[{name: e, variable: {value: '{{ element }}!'}}]");
    let bump = Bump::new();
    let mut context = case.context(&bump);
    let start = context.checkpoint();
    for (index, element) in ["x", "y"].into_iter().enumerate() {
        context.set_element(0, index, element.into());
        context.register(&of_loop).unwrap();
        assert_eq!(filled(&mut context, "{{ e }}"), format!("\"{element}!\""));
        // An entry of the rule keeps what it was when it was first mentioned.
        assert_eq!(filled(&mut context, "{{ r }}"), r#""x""#);
        let at = "{{ element0 }}{{ elementIndex }}{{ elementIndex0 }}";
        let expect = format!("\"{element}{index}{index}\"");
        assert_eq!(filled(&mut context, at), expect);
        context.restore(start);
        assert_eq!(filled(&mut context, "{{ r }}"), r#""x""#);
        for gone in ["e", "element", "elementIndex"] {
            let asked = context.query(gone);
            assert!(
                matches!(asked, Err(super::QueryFault::NotFound(_))),
                "{gone}"
            );
        }
    }
    context.set_element(0, 0, "outer".into());
    context.set_element(1, 5, "inner".into());
    let text = "{{ element }} {{ element0 }} {{ element1 }} {{ elementIndex }} {{ elementIndex0 }}";
    assert_eq!(filled(&mut context, text), r#""inner outer inner 5 0""#);
    let compared = filled(&mut context, "{{ elementIndex == `5` }}");
    assert_eq!(compared, "false", "an index is no number to comparisons");
}

#[test]
#[rustfmt::skip] // A table: its columns stay aligned.
fn images() {
    check("[]", "{{ images.containers.a.reference }}", r#""docker.io/nginx:latest""#);
    check("[]", "{{ keys(images) }}",                  r#"["containers"]"#);
    check("[]", "{{ images.containers.b }}",
          r#"{"jsonPointer":"/spec/containers/1/image","name":"r","path":"o/r","reference":"ghcr.io/o/r:1","referenceWithTag":"ghcr.io/o/r:1","registry":"ghcr.io","tag":"1"}"#);
    let object = |text: &str| {
        let case = Case::plain("[]");
        let object = read(text, Numbers::Doubles);
        move |text: &str| {
            let bump = Bump::new();
            let mut context = case.context(&bump);
            // What was found for the first object does not count for the second.
            filled(&mut context, "{{ images }}");
            context.replace_object(object.root());
            filled(&mut context, text)
        }
    };
    let none = object("{kind: Pod, spec: {containers: [{name: a}]}}");
    assert_eq!(none("{{ images || 'none' }}"), r#""none""#);
    let deployment = object("{kind: Deployment, spec: {template: {spec: {initContainers: [{name: i, image: a/b}]}}}}");
    assert_eq!(deployment("{{ images.initContainers.i.jsonPointer }}"), r#""/spec/template/spec/initContainers/0/image""#);
    let cron = object("{kind: CronJob, spec: {jobTemplate: {spec: {template: {spec: {ephemeralContainers: [{name: e, image: 'localhost:5000/x:y'}]}}}}}}");
    assert_eq!(cron("{{ images.ephemeralContainers.e.registry }}"), r#""localhost:5000""#);
    let nameless = object("{kind: Pod, spec: {containers: [{image: nginx}]}}");
    assert_eq!(nameless("{{ images || 'none' }}"), "failed to resolve images || 'none' at path : invalid key");
    let bad = object("{kind: Pod, spec: {containers: [{name: a, image: 'a:b:c'}]}}");
    assert_eq!(bad("{{ images || 'none' }}"),
        "failed to resolve images || 'none' at path : invalid image 'a:b:c' (bad image: docker.io/a:b:c, defaultRegistry: docker.io, enableDefaultRegistryMutation: true: invalid reference format)");
}

#[test]
fn images_stand_where_the_rule_says() {
    let task = "{kind: Task, spec: {steps: [{id: s, run: '1:b/a'}, {id: t}], main: {image: c}}}";
    let task = read(task, Numbers::Doubles);
    let extractors = "{Task: [
        {path: /spec/steps/*, value: run, key: id, name: steps, jmesPath: reverse(@)},
        {path: /spec/main/image}]}";
    let extractors = read(extractors, Numbers::AsWritten);
    let case = Case::plain("[]");
    let bump = Bump::new();
    let mut context = case.context(&bump);
    context.replace_object(task.root());
    assert_eq!(filled(&mut context, "{{ images || 'none' }}"), r#""none""#);
    context.set_image_extractors(Some(extractors.root()));
    let text = "{{ images.steps.s.path }} {{ keys(images.custom) | [0] }}";
    assert_eq!(filled(&mut context, text), r#""a/b /spec/main/image""#);
}

fn config_map(namespace: &str, name: &str) -> Fact {
    Fact::ConfigMap {
        namespace: namespace.to_owned(),
        name: name.to_owned(),
    }
}

fn api(method: Method, path: &str, body: Option<&str>) -> Fact {
    Fact::Api(Box::new(ApiCall {
        method,
        target: ApiTarget::Kubernetes {
            path: path.to_owned(),
        },
        body: body.map(str::to_owned),
    }))
}

#[test]
fn a_missing_fact_is_an_answer_of_its_own() {
    let needs = |written: &str, fact: Fact| {
        let case = Case::plain(written);
        let bump = Bump::new();
        let asked = case.context(&bump).substitute("{{ v || 'x' }}".into());
        assert_eq!(asked, Err(Fault::Missing(fact)), "{written}");
    };
    needs(
        "[{name: v, configMap: {name: c, namespace: m}}]",
        config_map("m", "c"),
    );
    needs(
        "[{name: v, configMap: {name: c}}]",
        config_map("default", "c"),
    );
    needs(
        "[{name: v, apiCall: {urlPath: '/api/v1/{{ request.object.spec.s }}', default: 1}}]",
        api(Method::Get, "/api/v1/str", None),
    );
    needs(
        "[{name: v, apiCall: {urlPath: /x, method: POST, data: [{key: b, value: '{{ request.object.spec.n }}'}, {key: a, value: 1}]}}]",
        api(Method::Post, "/x", Some(r#"{"a":1,"b":3}"#)),
    );
    needs(
        "[{name: v, apiCall: {service: {url: 'http://h', caBundle: C, headers: [{key: K, value: '{{ request.namespace }}'}]}}}]",
        Fact::Api(Box::new(ApiCall {
            method: Method::Get,
            target: ApiTarget::Service {
                url: "http://h".to_owned(),
                headers: vec![("K".to_owned(), "ns".to_owned())],
                ca_bundle: "C".to_owned(),
            },
            body: None,
        })),
    );
    needs(
        "[{name: v, globalReference: {name: '{{ request.namespace }}.p'}}]",
        Fact::GlobalContext {
            name: "ns.p".to_owned(),
        },
    );
    // A default is for answers that do not come, not for those that have not come yet.
    needs(
        "[{name: w, configMap: {name: c}}, {name: v, variable: {jmesPath: w.data.k, default: d}}]",
        config_map("default", "c"),
    );
    needs(
        "[{name: v, variable: {value: '{{ is_external_url(''http://h'') }}'}}]",
        Fact::Host {
            name: "h".to_owned(),
        },
    );
}

#[test]
#[rustfmt::skip] // A table: its columns stay aligned.
fn entries_from_outside() {
    let known = || Memory::default()
        .knows(config_map("m", "c"), Ok("{kind: ConfigMap, metadata: {name: c}, data: {k: v}, binaryData: {}}"))
        .knows(config_map("m", "x"), Err("configmaps \"x\" not found"))
        .knows(api(Method::Get, "/pods", None), Ok("{items: [{n: 1}, {n: 2}]}"))
        .knows(api(Method::Get, "/nothing", None), Err("HTTP 404 Not Found: "))
        .knows(Fact::GlobalContext { name: "g.p".to_owned() }, Ok("[1, 2]"));
    let check = |written: &str, text: &str, expect: &str| {
        Case::new(written, known()).check(written, text, expect);
        Case::new(written, known()).parsed().check(written, text, expect);
    };
    check("[{name: v, configMap: {name: c, namespace: m}}]",                           "{{ v }}",      r#"{"data":{"k":"v"},"metadata":{"name":"c"}}"#);
    check("[{name: v, configMap: {name: '{{ missing }}', namespace: m}}]",             "unused",       r#""unused""#);
    check("[{name: v, configMap: {name: x, namespace: m}}]",                           "{{ v }}",      "failed to resolve v at path : failed to retrieve config map for context entry v: failed to get configmap m/x : configmaps \"x\" not found");
    check("[{name: v, configMap: {name: '{{ request.object.spec.n }}'}}]",             "{{ v }}",      "failed to resolve v at path : context entry v: name must be a string, got float64");
    check("[{name: v, apiCall: {urlPath: /pods, jmesPath: 'items | length(@)'}}]",     "{{ v }}",      "2");
    check("[{name: v, apiCall: {urlPath: /pods, jmesPath: 'items[].{{ v0 }}'}}]",      "unused",       r#""unused""#);
    check("[{name: v, apiCall: {urlPath: /pods, jmesPath: x}}]",                       "{{ v }}",      "failed to resolve v at path : failed to apply JMESPath x for context entry v: Unknown key \"x\" in path");
    check("[{name: v, apiCall: {urlPath: /nothing}}]",                                 "{{ v }}",      "failed to resolve v at path : HTTP 404 Not Found: ");
    check("[{name: v, apiCall: {urlPath: /nothing, jmesPath: x, default: {a: 1}}}]",   "{{ v.a }}",    "1");
    check("[{name: v, apiCall: {method: GET}}]",                                       "{{ v }}",      "failed to resolve v at path : missing service for APICall v");
    check("[{name: v, globalReference: {name: g.p, jmesPath: 'max(@)'}}]",             "{{ v }}",      "2");
    check("[{name: v, configMap: {name: c, namespace: m}}, {name: v, variable: {value: 1}}]", "{{ v }}", "1");
    check("[{name: v, variable: {value: {data: {l: w}}}}, {name: v, configMap: {name: c, namespace: m}}]", "{{ v.data }}", r#"{"k":"v","l":"w"}"#);
    // Registries cannot be asked here, so there is no such entry.
    check("[{name: v, imageRegistry: {reference: nginx}}]",                            "{{ v || 'none' }}", r#""none""#);
}

#[test]
fn a_namespaced_policy_reads_its_own_namespace() {
    let table = [
        ("{configMap: {name: c}}", "not known yet: configmap `own/c`"),
        (
            "{configMap: {name: c, namespace: other}}",
            "failed to resolve v at path : context entry v: configMap namespace \"other\" is different from policy namespace \"own\"",
        ),
        (
            "{apiCall: {urlPath: /api/v1/namespaces/own/pods}}",
            "not known yet: GET `/api/v1/namespaces/own/pods`",
        ),
        (
            "{apiCall: {urlPath: /api/v1/pods}}",
            "failed to resolve v at path : context entry v: path /api/v1/pods does not refer to the policy namespace \"own\"",
        ),
    ];
    for (written, expect) in table {
        let written = format!(
            "[{{name: v, {}}}]",
            written.trim_matches(['{', '}']).to_owned() + "}"
        );
        let case = Case::plain(&written);
        let bump = Bump::new();
        let mut context = case.context(&bump);
        context.set_policy_namespace("own");
        assert_eq!(filled(&mut context, "{{ v }}"), expect, "{written}");
    }
}

#[test]
fn a_values_file_stands_in_for_what_would_be_fetched() {
    let case =
        Case::plain("[{name: c, configMap: {name: c}}, {name: v, variable: {jmesPath: c.data.k}}]");
    let bump = Bump::new();
    let review = Review::of_resource(
        &bump,
        case.pod.root(),
        Operation::Create,
        UserInfo::default(),
    );
    let setting = Setting::new(&bump, &case.facts, &Fixed, &case.queries);
    let mut context = Context::new(setting, &review);
    let start = context.checkpoint();
    context.provide("c.data.k", "given".into());
    context.provide("request.object.metadata.labels.\"a.b/c\"", "label".into());
    context.register(&case.entries).unwrap();
    let text = "{{ v }} {{ request.object.metadata.labels.\"a.b/c\" }} {{ request.object.spec.s }}";
    assert_eq!(filled(&mut context, text), r#""given label str""#);
    context.restore(start);
    context.register(&case.entries).unwrap();
    let asked = context.substitute("{{ v }}".into());
    assert_eq!(asked, Err(Fault::Missing(config_map("default", "c"))));
}

#[test]
fn entries_have_a_limit_together() {
    let long = "x".repeat(40);
    let written = format!(
        "[{{name: a, variable: {{value: {long}}}}}, {{name: b, variable: {{value: {long}}}}}, {{name: c, variable: {{value: {long}}}}}]"
    );
    let case = Case::plain(&written);
    let bump = Bump::new();
    let review = Review::of_resource(
        &bump,
        case.pod.root(),
        Operation::Create,
        UserInfo::default(),
    );
    let mut setting = Setting::new(&bump, &case.facts, &Fixed, &case.queries);
    setting.max_bytes = 100;
    let mut context = Context::new(setting, &review);
    let start = context.checkpoint();
    for _ in 0..3 {
        context.register(&case.entries).unwrap();
        assert!(filled(&mut context, "{{ a }}{{ b }}").starts_with("\"xx"));
        let expect = "failed to resolve c at path : context size limit exceeded: 126 bytes exceeds limit of 100 bytes";
        assert_eq!(filled(&mut context, "{{ c }}"), expect);
        context.restore(start);
    }
    setting.eager = true;
    let mut context = Context::new(setting, &review);
    let failed = context.register(&case.entries);
    let expect = "context size limit exceeded: 126 bytes exceeds limit of 100 bytes";
    assert_eq!(failed, Err(Fault::Error(expect.to_owned())));
}

#[test]
fn who_asks() {
    let bump = Bump::new();
    let case = Case::plain("[]");
    let user = read(
        "{username: 'system:serviceaccount:ns:sa', groups: [g]}",
        Numbers::Doubles,
    );
    let user = UserInfo {
        info: user.root(),
        roles: &["ns:r"],
        cluster_roles: &["c"],
    };
    let mut review = Review::of_resource(&bump, case.pod.root(), Operation::Create, user);
    review.admission = true;
    let request = read("{object: {a: 1}}", Numbers::Doubles);
    review.request = request.root();
    let setting = Setting::new(&bump, &case.facts, &Fixed, &case.queries);
    let mut context = Context::new(setting, &review);
    let text = "{{ serviceAccountNamespace }}/{{ serviceAccountName }} {{ request }}";
    let expect = r#""ns/sa {\"clusterRoles\":[\"c\"],\"object\":{\"a\":1},\"roles\":[\"ns:r\"]}""#;
    assert_eq!(filled(&mut context, text), expect);
}

#[test]
fn an_update_seen_as_a_creation() {
    let case = Case::plain("[]");
    let bump = Bump::new();
    let review = Review::of_resource(
        &bump,
        case.pod.root(),
        Operation::Update,
        UserInfo::default(),
    );
    let setting = Setting::new(&bump, &case.facts, &Fixed, &case.queries);
    let mut context = Context::new(setting, &review);
    let start = context.checkpoint();
    let old = read("{kind: Pod, spec: {s: old}}", Numbers::Doubles);
    context.pretend_created(old.root());
    let text = "{{ request.operation }} {{ request.object.spec.s }} {{ keys(request) | sort(@) | join(',', @) }} {{ images || 'none' }}";
    let expect = r#""CREATE old namespace,object,operation none""#;
    assert_eq!(filled(&mut context, text), expect);
    context.restore(start);
    let text = "{{ request.operation }} {{ request.object.spec.s }} {{ request.oldObject.spec.s }} {{ images.containers.a.name }}";
    assert_eq!(filled(&mut context, text), r#""UPDATE str str nginx""#);
}

#[test]
fn an_image_is_asked_of_its_registry() {
    struct Registry(Document);
    impl Facts for Registry {
        fn offers(&self, kind: FactKind) -> bool {
            kind == FactKind::Image
        }

        fn get(&self, fact: &Fact) -> Option<Answer<'_>> {
            let expect = Fact::Image(Box::new(ImageData {
                reference: "nginx:1".to_owned(),
                allow_insecure: true,
                providers: vec!["amazon".to_owned()],
                secrets: vec!["s".to_owned()],
            }));
            (*fact == expect).then_some(Ok(&self.0))
        }
    }
    let registry = Registry(read(
        "{configData: {config: {User: '0'}}}",
        Numbers::Doubles,
    ));
    let written = entries(
        "[{name: v, imageRegistry: {reference: '{{ element }}', jmesPath: configData.config, imageRegistryCredentials: {allowInsecureRegistry: true, providers: [amazon], secrets: [s]}}}]",
    );
    let case = Case::plain("[]");
    let bump = Bump::new();
    let review = Review::of_resource(
        &bump,
        case.pod.root(),
        Operation::Create,
        UserInfo::default(),
    );
    let mut context = Context::new(
        Setting::new(&bump, &registry, &Fixed, &case.queries),
        &review,
    );
    context.set_element(0, 0, "nginx:1".into());
    context.register(&written).unwrap();
    assert_eq!(filled(&mut context, "{{ v.User }}"), r#""0""#);
}

#[test]
fn expressions_of_a_document_are_parsed_beforehand() {
    let document =
        "{value: '{{ c }}', message: '{{ f(''{{ d }}'') }} {{ request.object.x }} {{ bad( }}'}";
    let mut queries = Queries::default();
    queries.add_document(read(document, Numbers::AsWritten).root());
    // Of a nested expression only the inner one is of use; deleting has its own spelling.
    let known = [
        "c",
        "d",
        "f('null')",
        "request.object.x",
        "request.oldObject.x",
    ];
    for text in known {
        assert!(queries.get(text).is_some(), "{text}");
    }
    assert_eq!(queries.len(), known.len());
}
