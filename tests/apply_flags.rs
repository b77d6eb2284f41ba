//! What the flags of `apply` and `test` do: where inputs come from, what is printed and in which form.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

const VALIDATE: &str = "\
apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata: {name: no-host-network}
spec:
  rules:
  - name: check
    match: {any: [{resources: {kinds: [Pod]}}]}
    validate:
      message: no | host network
      pattern:
        =(spec):
          =(hostNetwork): 'false'
";

const MUTATE: &str = "\
apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata: {name: label}
spec:
  rules:
  - name: add
    match: {any: [{resources: {kinds: [Pod]}}]}
    mutate:
      patchStrategicMerge:
        metadata: {labels: {team: a}}
  - name: more
    match: {any: [{resources: {kinds: [Pod]}}]}
    mutate:
      patchStrategicMerge:
        metadata: {labels: {tier: b}}
";

const CEL: &str = "\
apiVersion: policies.kyverno.io/v1
kind: ValidatingPolicy
metadata: {name: cel}
spec:
  matchConstraints:
    resourceRules:
    - {apiGroups: [''], apiVersions: [v1], operations: [CREATE], resources: [pods]}
  validations:
  - {expression: '!has(object.spec.hostNetwork)', message: no host network}
";

const POD: &str = "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {hostNetwork: true}\n";
const GOOD: &str = "apiVersion: v1\nkind: Pod\nmetadata: {name: good}\nspec: {}\n";

const EXCEPTION: &str = "\
---
apiVersion: kyverno.io/v2
kind: PolicyException
metadata: {name: let-be, namespace: default}
spec:
  exceptions: [{policyName: no-host-network, ruleNames: [check]}]
  match: {any: [{resources: {kinds: [Pod]}}]}
";

#[test]
fn generated_exceptions_let_the_violations_be() {
    let files = Files::new(&[
        ("policy.yaml", VALIDATE),
        ("pods.yaml", &format!("{POD}---\n{GOOD}")),
    ]);
    let generated = files.run(&[
        "apply",
        "policy.yaml",
        "-r",
        "pods.yaml",
        "--generate-exceptions",
        "--generated-exception-ttl=24h",
    ]);
    let printed = text(&generated.stdout);
    assert!(printed.contains("cleanup.kyverno.io/ttl: 24h"), "{printed}");
    assert_eq!(printed.matches("kind: PolicyException").count(), 1);
    assert_eq!(
        generated.status.code(),
        Some(1),
        "the violations are still there"
    );
    files.add("exceptions.yaml", &printed);
    let excepted = files.run(&[
        "apply",
        "policy.yaml",
        "-r",
        "pods.yaml",
        "-e",
        "exceptions.yaml",
    ]);
    let printed = text(&excepted.stdout);
    assert!(
        printed.contains("pass: 1, fail: 0, warn: 0, error: 0, skip: 1"),
        "{printed}"
    );
}

#[test]
fn a_cel_policy_has_an_exception_of_its_own_kind() {
    let files = Files::new(&[("policy.yaml", CEL), ("pod.yaml", POD)]);
    let flags = ["--generate-exceptions", "--output-format", "json"];
    let output = files.run(&[&["apply", "policy.yaml", "-r", "pod.yaml"], &flags[..]].concat());
    let printed = text(&output.stdout);
    let made: Value = serde_json::from_str(printed.trim_start_matches("---")).expect("one object");
    assert_eq!(made["apiVersion"], "policies.kyverno.io/v1beta1");
    assert_eq!(made["spec"]["policyRefs"][0]["kind"], "ValidatingPolicy");
}

#[test]
fn a_lifetime_that_is_none_is_refused() {
    let files = Files::new(&[("policy.yaml", VALIDATE), ("pod.yaml", POD)]);
    let flags = ["--generate-exceptions", "--generated-exception-ttl", "soon"];
    let output = files.run(&[&["apply", "policy.yaml", "-r", "pod.yaml"], &flags[..]].concat());
    assert!(text(&output.stderr).contains("--generated-exception-ttl"));
}

#[test]
fn exceptions_stand_among_resources_or_policies() {
    let files = Files::new(&[
        ("policy.yaml", VALIDATE),
        ("both.yaml", &format!("{VALIDATE}{EXCEPTION}")),
        ("pod.yaml", POD),
        ("pods.yaml", &format!("{POD}{EXCEPTION}")),
    ]);
    for (args, skipped) in [
        (["policy.yaml", "pods.yaml", "--audit-warn"], "skip: 0"),
        (
            ["policy.yaml", "pods.yaml", "--exceptions-with-resources"],
            "skip: 1",
        ),
        (
            ["policy.yaml", "pods.yaml", "--exceptions-within-resources"],
            "skip: 1",
        ),
        (
            ["both.yaml", "pod.yaml", "--exceptions-within-policies=true"],
            "skip: 1",
        ),
    ] {
        let [policy, resource, flag] = args;
        let output = files.run(&["apply", policy, "-r", resource, flag]);
        let printed = text(&output.stdout);
        assert!(printed.contains(skipped), "{args:?}: {printed}");
    }
}

#[test]
fn a_pipe_gets_the_changed_objects_and_nothing_else() {
    let files = Files::new(&[("policy.yaml", MUTATE)]);
    let output = files.piped(&["apply", "policy.yaml", "-r", "-", "-i"], POD);
    let expect = "---\napiVersion: v1\nkind: Pod\nmetadata:\n  labels:\n    team: a\n    tier: b\n  \
                  name: p\n  namespace: default\nspec:\n  hostNetwork: true\n";
    assert_eq!(text(&output.stdout), expect);
}

#[test]
fn results_come_as_markdown_and_as_junit() {
    let files = Files::new(&[("policy.yaml", VALIDATE), ("pod.yaml", POD)]);
    let message = "validation error: no \\| host network. rule check failed";
    for (format, marks) in [
        (
            "markdown",
            ["| no-host-network | check | default/Pod/p | fail ", message],
        ),
        (
            "junit",
            [
                "<testsuite name=\"no-host-network\" tests=\"1\" failures=\"1\"",
                "<failure message=\"fail\">",
            ],
        ),
    ] {
        let output = files.run(&[
            "apply",
            "policy.yaml",
            "-r",
            "pod.yaml",
            "--output-format",
            format,
        ]);
        let printed = text(&output.stdout);
        assert!(
            marks.iter().all(|mark| printed.contains(mark)),
            "{format}: {printed}"
        );
        assert!(
            !printed.contains("Applying"),
            "{format}: one document and nothing else"
        );
        assert!(
            text(&output.stderr).contains("pass: 0, fail: 1"),
            "{format}"
        );
    }
}

#[test]
fn colours_come_when_they_are_forced_and_go_when_they_are_not_wanted() {
    let files = Files::new(&[("policy.yaml", VALIDATE), ("pod.yaml", POD)]);
    let table = ["apply", "policy.yaml", "-r", "pod.yaml", "--table"];
    let red = "\u{1b}[38;5;9m";
    for (variable, flags, coloured) in [
        ("CLICOLOR_FORCE", &[][..], true),
        ("CLICOLOR_FORCE", &["--remove-color"], false),
        ("NO_COLOR", &[], false),
        ("UNRELATED", &[], false),
    ] {
        let mut command = files.command(&[&table, flags].concat());
        let output = command.env(variable, "1").output().unwrap();
        let printed = text(&output.stdout);
        assert_eq!(
            printed.contains('\u{1b}'),
            coloured,
            "{variable} {flags:?}: {printed:?}"
        );
        assert_eq!(
            printed.contains(red),
            coloured,
            "{variable} {flags:?}: {printed:?}"
        );
        assert!(printed.contains("no-host-network"), "{printed}");
    }
}

#[test]
fn one_bad_resource_ends_the_run_or_is_passed_over() {
    let broken = CEL.replace("has(object.spec.hostNetwork)", "nosuch(object)");
    let files = Files::new(&[
        ("policies.yaml", &format!("{VALIDATE}---\n{broken}")),
        ("pod.yaml", POD),
    ]);
    let ended = files.run(&["apply", "policies.yaml", "-r", "pod.yaml"]);
    assert!(
        text(&ended.stderr).contains("failed to compile policy cel"),
        "{}",
        text(&ended.stderr)
    );
    assert!(
        !text(&ended.stdout).contains("error: "),
        "{}",
        text(&ended.stdout)
    );
    let went_on = files.run(&[
        "apply",
        "policies.yaml",
        "-r",
        "pod.yaml",
        "--continue-on-fail",
    ]);
    assert!(
        text(&went_on.stdout).contains("error: 1"),
        "{}",
        text(&went_on.stdout)
    );
    assert_eq!(went_on.status.code(), Some(1));
}

#[test]
fn many_objects_are_told_of_in_their_order() {
    let pod = |index: usize| POD.replace("name: p", &format!("name: p{index}"));
    let pods = |range: std::ops::Range<usize>| range.map(pod).collect::<Vec<_>>().join("---\n");
    let listed = pod(150).replace('\n', "\n  ");
    let list = format!(
        "apiVersion: v1\nkind: List\nitems:\n- {}\n",
        listed.trim_end()
    );
    let more = format!("{list}---\n{}", pods(151..300));
    let files = Files::new(&[
        ("policy.yaml", VALIDATE),
        ("a.yaml", &pods(0..150)),
        ("b.yaml", &more),
        (
            "broken.yaml",
            &format!("{more}---\na: 1\nb: [\n---\nc: d: e\n"),
        ),
        (
            "cel.yaml",
            &CEL.replace("has(object.spec.hostNetwork)", "nosuch(object)"),
        ),
    ]);
    let told = files.run(&["apply", "policy.yaml", "-r", "a.yaml,b.yaml"]);
    let told = text(&told.stdout);
    let failed = told.lines().filter_map(|line| {
        let name = line.strip_prefix("policy no-host-network -> resource default/Pod/")?;
        name.strip_suffix(" failed:")
    });
    let expect: Vec<String> = (0..300).map(|index| format!("p{index}")).collect();
    assert_eq!(failed.collect::<Vec<_>>(), expect, "{told}");
    assert!(
        told.contains("to 300 resource(s)") && told.contains("fail: 300"),
        "{told}"
    );

    // The first document that cannot be read ends all, before anything is said of any other: what
    // comes behind it, files that are not there, and what cannot be evaluated.
    let ended = files.run(&["apply", "cel.yaml", "-r", "a.yaml,broken.yaml,missing.yaml"]);
    let line = more.lines().count() + 3;
    let said = text(&ended.stderr);
    assert!(
        said.starts_with(&format!("Error: broken.yaml:{line}:")),
        "{said}"
    );
    assert_eq!(
        (ended.status.code(), text(&ended.stdout)),
        (Some(1), String::new())
    );
    let ended = files.run(&["apply", "cel.yaml", "-r", "a.yaml,missing.yaml"]);
    let said = text(&ended.stderr);
    assert!(said.contains("failed to read `missing.yaml`"), "{said}");
}

/// As with `| head`.
#[test]
fn a_reader_that_goes_away_changes_nothing() {
    let files = Files::new(&[("policy.yaml", VALIDATE), ("pod.yaml", POD)]);
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut command = files.command(&["apply", "policy.yaml", "-r", "pod.yaml"]);
    let ended = command.stdout(writer).output().unwrap();
    assert_eq!(
        (ended.status.code(), text(&ended.stderr)),
        (Some(1), String::new())
    );
}

#[test]
fn definitions_say_which_kinds_have_no_namespace() {
    let policy = VALIDATE.replace("kinds: [Pod]", "kinds: [Widget]").replace(
        "=(spec):\n          =(hostNetwork): 'false'",
        "metadata: {X(namespace): 'null'}",
    );
    let crd = "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: widgets.a.io}\n\
               spec: {group: a.io, scope: Cluster, names: {kind: Widget, plural: widgets}}\n";
    let widget = "apiVersion: a.io/v1\nkind: Widget\nmetadata: {name: w}\n";
    let files = Files::new(&[
        ("policy.yaml", &policy),
        ("crd.yaml", crd),
        ("widget.yaml", widget),
    ]);
    let without = files.run(&["apply", "policy.yaml", "-r", "widget.yaml"]);
    assert!(
        text(&without.stdout).contains("fail: 1"),
        "{}",
        text(&without.stdout)
    );
    let with = files.run(&[
        "apply",
        "policy.yaml",
        "-r",
        "widget.yaml",
        "--crd-paths",
        "crd.yaml",
    ]);
    assert!(
        text(&with.stdout).contains("pass: 1, fail: 0"),
        "{}",
        text(&with.stdout)
    );
}

#[test]
fn a_values_file_says_what_it_is() {
    let files = Files::new(&[
        ("policy.yaml", VALIDATE),
        ("pod.yaml", POD),
        ("values.yaml", "globalValues: {a: b}\n"),
    ]);
    let output = files.run(&[
        "apply",
        "policy.yaml",
        "-r",
        "pod.yaml",
        "-f",
        "values.yaml",
    ]);
    let said = text(&output.stderr);
    assert!(
        said.contains("values.yaml: a values file needs `apiVersion"),
        "{said}"
    );
}

#[test]
fn payloads_stand_in_for_resources() {
    let policy = "apiVersion: policies.kyverno.io/v1\nkind: ValidatingPolicy\nmetadata: {name: sized}\n\
                  spec:\n  evaluation: {mode: JSON}\n  validations:\n  - {expression: object.size < 3, message: too big}\n";
    let files = Files::new(&[
        ("policy.yaml", policy),
        ("good.json", "{\"size\": 2}"),
        ("bad.yaml", "size: 4\n"),
    ]);
    let output = files.run(&["apply", "policy.yaml", "--json", "good.json,bad.yaml"]);
    let printed = text(&output.stdout);
    assert!(printed.contains("to 2 resource(s)"), "{printed}");
    assert!(
        printed.contains("policy sized -> resource JSON payload failed:\n1 -  too big"),
        "{printed}"
    );
    assert!(printed.contains("pass: 1, fail: 1"), "{printed}");
}

#[test]
fn policies_answer_requests_to_servers() {
    let policy = |mode: &str, checks: &[&str]| {
        let checks: String = checks
            .iter()
            .map(|check| format!("  - expression: {check:?}\n"))
            .collect();
        format!(
            "apiVersion: policies.kyverno.io/v1\nkind: ValidatingPolicy\nmetadata: {{name: asked}}\n\
             spec:\n  evaluation: {{mode: {mode}}}\n  validations:\n{checks}"
        )
    };
    let envoy = policy(
        "Envoy",
        &[
            "object.attributes.request.http.path == '/open' ? envoy.Allowed().Response() : null",
            "object.attributes.request.http.method == '' ? envoy.Denied(401).Response() : null",
        ],
    );
    let http = policy(
        "HTTP",
        &[
            "object.Header('x-user') == ['root'] ? http.Denied('not you').Response() : http.Allowed().Response()",
        ],
    );
    let files = Files::new(&[
        ("envoy.yaml", &*envoy),
        ("http.yaml", &*http),
        (
            "open.json",
            r#"{"attributes": {"request": {"http": {"path": "/open"}}}}"#,
        ),
        (
            "closed.json",
            r#"{"attributes": {"request": {"http": {"path": "/"}}}}"#,
        ),
        (
            "other.json",
            r#"{"attributes": {"request": {"http": {"method": "GET"}}}}"#,
        ),
        (
            "user.json",
            r#"{"attributes": {"header": {"X-User": ["user"]}}}"#,
        ),
        (
            "root.json",
            r#"{"attributes": {"header": {"X-User": ["root"]}}}"#,
        ),
    ]);
    for (flag, policy, payloads, expect) in [
        (
            "--envoy-payload",
            "envoy.yaml",
            "open.json,closed.json,other.json",
            [
                "asked request denied with status code 401",
                "pass: 1, fail: 1, warn: 0, error: 0, skip: 1",
            ],
        ),
        (
            "--http-payload",
            "http.yaml",
            "user.json,root.json",
            [
                "asked request denied: not you",
                "pass: 1, fail: 1, warn: 0, error: 0, skip: 0",
            ],
        ),
    ] {
        let output = files.run(&["apply", policy, flag, payloads]);
        let printed = text(&output.stdout);
        for expect in expect {
            assert!(printed.contains(expect), "{flag}: {printed}");
        }
    }
}

#[test]
fn what_cannot_be_done_is_said() {
    let files = Files::new(&[("policy.yaml", VALIDATE), ("pod.yaml", POD)]);
    for (args, expect) in [
        (
            &["apply", "https://example.com/p.yaml", "-r", "pod.yaml"][..],
            "`https://example.com/p.yaml` is not read",
        ),
        (
            &["apply", "policy.yaml", "-r", "pod.yaml", "-b", "main"],
            "clone the repository",
        ),
        (
            &["test", "https://example.com/repo"],
            "`https://example.com/repo` is not read",
        ),
        (
            &["test", ".", "--git-branch", "main"],
            "clone the repository",
        ),
        (
            &["apply", "policy.yaml", "-r", "pod.yaml", "--json", "x"],
            "both resource and json files can not be used together, use one or the other",
        ),
        (
            &[
                "apply",
                "policy.yaml",
                "-r",
                "pod.yaml",
                "--crd-paths",
                "x",
                "--kubeconfig",
                "y",
            ],
            "crd-paths and kubeconfig flags are mutually exclusive, please use only one of them",
        ),
    ] {
        let output = files.run(args);
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{args:?}");
        assert!(said.contains(expect), "{args:?}: {said}");
    }
}

struct Files(tempfile::TempDir);

impl Files {
    fn new(files: &[(&str, &str)]) -> Files {
        let folder = Files(tempfile::tempdir().unwrap());
        files
            .iter()
            .for_each(|(name, content)| folder.add(name, content));
        folder
    }

    fn add(&self, name: &str, content: &str) {
        std::fs::write(self.path().join(name), content).unwrap();
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_portcullis"));
        command.current_dir(self.path()).args(args);
        command
    }

    fn run(&self, args: &[&str]) -> Output {
        self.command(args).output().expect("the program runs")
    }

    fn piped(&self, args: &[&str], input: &str) -> Output {
        let mut command = self.command(args);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        stdin.write_all(input.as_bytes()).unwrap();
        drop(stdin);
        child.wait_with_output().unwrap()
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
