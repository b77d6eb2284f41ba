//! Every code that a finding may have: the documentation of `lint`.

/// One kind of finding.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Code {
    /// As findings carry it. Never reused for something else.
    pub name: &'static str,
    /// What is found, in a sentence.
    pub about: &'static str,
}

const fn code(name: &'static str, about: &'static str) -> Code {
    Code { name, about }
}

/// Every code, by name.
pub const CODES: &[Code] = &[
    code(
        "ambiguous-unit",
        "A value like `500m`, which is minutes where a number is compared with it.",
    ),
    code(
        "anchor-without-sibling",
        "A condition `(k)` in a map that has no other field.",
    ),
    code(
        "any-and-all",
        "`any`, `all` and the direct form of a filter in one block.",
    ),
    code(
        "attestor-count",
        "A count of attestors that cannot be reached.",
    ),
    code(
        "attestor-kind",
        "An attestor that is described in no way, in two, or in one that its type does not have.",
    ),
    code(
        "audited-change",
        "`mutateDigest` in an entry of `verifyImages` that only audits.",
    ),
    code(
        "autogen-all",
        "`all` as controllers of autogen, which has been removed.",
    ),
    code(
        "bare-literal",
        "`true`, `false` or `null` in an expression without backticks: a field of that name.",
    ),
    code(
        "broken-reference",
        "A `$( )` that leads nowhere, or to what is no text.",
    ),
    code(
        "cel-preconditions",
        "`celPreconditions` of a rule that is not `validate.cel`.",
    ),
    code(
        "conflicting-overrides",
        "A namespace for which one override audits and another enforces.",
    ),
    code("constant-condition", "A condition without variables."),
    code(
        "context-default",
        "A `default` of a context entry that is never used.",
    ),
    code(
        "context-source",
        "A context entry with no source, or with several.",
    ),
    code(
        "deprecated",
        "A field, operator or spelling that has a replacement.",
    ),
    code(
        "destructive-patch",
        "A strategic merge patch that loses elements of the list that it patches.",
    ),
    code("duplicate-name", "Two variables or conditions of one name."),
    code(
        "duplicate-rule",
        "A rule that says the same as an earlier one.",
    ),
    code(
        "duplicate-rule-name",
        "A name that two rules of a policy have.",
    ),
    code(
        "element-outside-foreach",
        "`element` or `elementIndex` outside of a loop.",
    ),
    code(
        "empty-list",
        "A list without entries where entries are what counts.",
    ),
    code("empty-pattern", "A pattern that everything fits."),
    code("empty-selector", "A label selector without requirements."),
    code("empty-set", "A rule that excludes exactly what it matches."),
    code("empty-variable", "`{{ }}` with nothing inside."),
    code(
        "generates-its-trigger",
        "A rule that generates the kind that sets it off.",
    ),
    code(
        "ignored-element",
        "An element of a list in a pattern that is not looked at.",
    ),
    code(
        "incomplete-condition",
        "A condition without key, operator or value.",
    ),
    code(
        "invalid-cel",
        "CEL that does not compile: what it decides is an error at every request.",
    ),
    code(
        "invalid-expression",
        "A JMESPath expression that does not parse.",
    ),
    code(
        "invalid-generate",
        "A target of `generate` that is not whole, or has several sources.",
    ),
    code(
        "invalid-json-patch",
        "A JSON patch that could never be applied.",
    ),
    code(
        "invalid-pattern",
        "An anchor that a pattern cannot have, or not like this.",
    ),
    code("invalid-role", "A role that is not `namespace:name`."),
    code(
        "invalid-schedule",
        "A cleanup policy without a time to run.",
    ),
    code(
        "invalid-selector",
        "A label selector that the API server does not take.",
    ),
    code(
        "invalid-subject",
        "A subject without kind, name or namespace.",
    ),
    code("invalid-yaml", "A document that is no YAML."),
    code(
        "label-not-text",
        "A label or annotation in a pattern or patch that is no text.",
    ),
    code("name-and-names", "`name` and `names` in one filter."),
    code("name-too-long", "A name of more than 63 bytes."),
    code(
        "namespaces-in-policy",
        "Namespaces in a filter of a policy that has a namespace itself.",
    ),
    code(
        "needs-admission",
        "`admission: false` in a policy that changes or generates objects.",
    ),
    code(
        "never-holds",
        "A comparison, condition or pattern that nothing makes true.",
    ),
    code("never-matches", "A filter that selects nothing."),
    code(
        "never-runs",
        "A policy with neither admission nor background.",
    ),
    code(
        "no-attestation-type",
        "An attestation of `verifyImages` without a type.",
    ),
    code("no-attestor", "A set of attestors with none in it."),
    code("no-check", "A `validate` block that checks nothing."),
    code("no-context-name", "A context entry without a name."),
    code(
        "no-control-name",
        "A pod security excuse that names no control.",
    ),
    code(
        "no-evaluation",
        "A MutatingPolicy that is evaluated neither at admission nor on existing objects.",
    ),
    code(
        "no-image-reference",
        "An entry of `verifyImages` without images.",
    ),
    code(
        "no-key",
        "An attestor without a key, or without a certificate.",
    ),
    code("no-kinds", "A filter of `match` that names no kind."),
    code("no-list", "A loop without a list."),
    code("no-name", "A policy without a name."),
    code(
        "no-name-or-policy",
        "A binding without a name, or without the name of a policy.",
    ),
    code(
        "no-name-or-spec",
        "A policy without rules that has no name or no spec.",
    ),
    code("no-operation", "A rule that does nothing."),
    code(
        "no-resource-rule",
        "A policy without rules whose `matchConstraints` name no resource.",
    ),
    code("no-rule-name", "A rule without a name."),
    code("no-spec", "A policy without a spec."),
    code(
        "no-target-namespace",
        "A generated object without a namespace.",
    ),
    code(
        "no-targets",
        "`mutateExistingOnPolicyUpdate` and a mutate rule without targets.",
    ),
    code("not-an-anchor", "A key with parentheses that is no anchor."),
    code(
        "other-namespace",
        "A target outside of the namespace of the policy.",
    ),
    code(
        "overrides-in-policy",
        "`validationFailureActionOverrides` in a Policy.",
    ),
    code(
        "pod-security-exclude",
        "A pod security excuse that cannot be meant so.",
    ),
    code("removed-field", "A field that has been removed."),
    code(
        "sender-in-background",
        "Who sends a request, in a policy that also runs in background scans.",
    ),
    code("several-checks", "Several forms of check in one place."),
    code("several-operations", "A rule that does several things."),
    code("several-patches", "Several kinds of patch in one place."),
    code(
        "shadowed",
        "Something that an earlier thing leaves no room for.",
    ),
    code(
        "subresource-in-background",
        "A subresource in a validate rule that also runs in background scans.",
    ),
    code(
        "taken-context-name",
        "A context entry with a name that the engine sets itself.",
    ),
    code(
        "timeout-out-of-range",
        "A timeout that the API server does not take.",
    ),
    code(
        "undefined-field",
        "CEL about a field that objects of the matched kind do not have.",
    ),
    code("unknown-action", "A failure action that is none."),
    code("unknown-failure-policy", "A failure policy that is none."),
    code("unknown-field", "A field that policies do not have."),
    code(
        "unknown-function",
        "A JMESPath function that does not exist.",
    ),
    code("unknown-operation", "An operation that no request has."),
    code(
        "unknown-operator",
        "A condition operator that does not exist.",
    ),
    code(
        "unknown-pod-security-value",
        "A level, version or control that the standards do not have.",
    ),
    code("unknown-request-field", "A field that no request has."),
    code(
        "unknown-value",
        "A text in a field that only takes certain others.",
    ),
    code("unknown-variable", "A variable that nothing defines."),
    code(
        "unsupported-field",
        "A field that is legal and not supported.",
    ),
    code("unused-context", "A context entry that nothing asks for."),
    code(
        "user-in-cleanup",
        "A user in a cleanup policy, to which nobody sends requests.",
    ),
    code(
        "variable-not-allowed",
        "A variable where none has a value yet.",
    ),
    code(
        "wildcard-key",
        "A wildcard in a key that is no label or annotation.",
    ),
    code(
        "wildcard-kind",
        "A rule on every kind that asks for more than metadata.",
    ),
    code(
        "wrong-arguments",
        "Arguments that a function does not take.",
    ),
    code(
        "wrong-type",
        "A field that holds something else than it should.",
    ),
];

#[cfg(test)]
mod tests {
    use super::CODES;

    #[test]
    fn codes_are_sorted_and_unique() {
        assert!(CODES.windows(2).all(|pair| pair[0].name < pair[1].name));
    }
}
