//! CEL about fields that objects of the matched kinds do not have. The API server has no types when it
//! runs an expression, so such a field is an error there, or never set.

use portcullis_lang::cel::{CompileError, Environment};
use portcullis_lang::diagnostic::Diagnostic;

use crate::actions::mutate::apply_configuration::{Described, Schemas};
use crate::check::{Site, sites};
use crate::doc::cel::at_issue;
use crate::doc::cel::{Expression, NativeCel};
use crate::doc::{Body, Policy, Validation};

const CODE: &str = "undefined-field";

/// Kinds of one rule that are looked at.
const MOST_KINDS: usize = 10;

/// What is wrong with an expression where it is about objects of one kind.
#[derive(Clone, Debug)]
pub struct Mistyped<'p> {
    expression: &'p Expression,
    /// `apps/v1, Kind=Deployment`
    pub kind: String,
    /// In the API server's words.
    pub error: CompileError,
}

/// Reports fields that no object has.
pub(super) fn lint(policy: &Policy, found: &mut Vec<Diagnostic>) {
    for mistyped in mistyped(policy) {
        let CompileError::Issues(issues) = &mistyped.error else {
            continue;
        };
        for issue in issues.iter() {
            let written = mistyped.expression;
            let message = format!("{} ({})", issue.message, mistyped.kind);
            let finding = Diagnostic::warning(CODE, message, written.at);
            found.push(at_issue(finding, &written.text, issue.at));
        }
    }
}

/// The expressions of `validate.cel` that ask for fields which objects of a matched kind do not have:
/// for each kind the first version that is described, where no version has them.
///
/// Cost: one compilation for each expression and version of a kind.
pub fn mistyped(policy: &Policy) -> Vec<Mistyped<'_>> {
    sites(policy).flat_map(of_rule).collect()
}

fn of_rule(site: Site<'_>) -> Vec<Mistyped<'_>> {
    let mut found = Vec::new();
    let Body::Validate(validate) = &site.rule.body else {
        return found;
    };
    let Validation::Cel(block) = &validate.validation else {
        return found;
    };
    let schemas = Schemas::built_in();
    let filters = site.rule.matches.filters();
    let selectors = filters.flat_map(|filter| &filter.kinds);
    for selector in selectors.take(MOST_KINDS) {
        let versions = schemas.selected(selector);
        let environments: Vec<_> = versions
            .iter()
            .map(|version| typed(block, schemas, version))
            .collect();
        let checks = block.checks.iter().map(|check| &check.expression);
        let conditions = block.conditions.iter().map(|named| &named.expression);
        for expression in conditions.chain(checks) {
            // What does not compile at all is said elsewhere.
            if expression.program.is_err() {
                continue;
            }
            let errors = environments
                .iter()
                .map(|environment| environment.compile(&expression.text).err());
            let errors: Option<Vec<_>> = errors.collect();
            let first = errors.into_iter().flatten().next();
            let (Some(error), Some(version)) = (first, versions.first()) else {
                continue;
            };
            if is_about_fields(&error) {
                found.push(Mistyped {
                    expression,
                    kind: format!("{}, Kind={}", version.api_version, version.kind),
                    error,
                });
            }
        }
    }
    found
}

fn typed(block: &NativeCel, schemas: &Schemas, kind: &Described) -> Environment {
    let variables = block.variables.iter().map(|named| named.name.as_str());
    let params = block.param_kind.is_some();
    let mut environment = crate::doc::cel::typed_environment(params, variables);
    let object = schemas.declare(kind, &mut environment);
    environment.declare("object", object.clone());
    environment.declare("oldObject", object);
    environment
}

/// Types are known by their fields only, so nothing else that is found can be trusted.
fn is_about_fields(error: &CompileError) -> bool {
    match error {
        CompileError::Issues(issues) => {
            let mut issues = issues.iter();
            issues.all(|issue| issue.message.starts_with("undefined field"))
        }
        CompileError::Constant(_) => false,
    }
}
