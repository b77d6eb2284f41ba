//! Whether events say of a success, too.

use super::Action;

/// `generateSuccessEvents` and `successEventActions` of the ConfigMap.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Success {
    /// Is there any such event?
    pub(crate) wanted: bool,
    /// Of these actions only; empty for all.
    pub(crate) actions: Vec<String>,
}

impl Success {
    /// As the ConfigMap spells them: `true`, and a list with commas.
    pub(crate) fn read(wanted: &str, actions: &str) -> Success {
        let actions = actions.split(',').map(str::trim);
        let actions = actions.filter(|action| !action.is_empty());
        Success {
            wanted: wanted.trim() == "true",
            actions: actions.map(str::to_owned).collect(),
        }
    }

    /// Is there an event of a success by this action?
    pub(crate) fn covers(&self, action: Action) -> bool {
        let mut actions = self.actions.iter();
        self.wanted && (self.actions.is_empty() || actions.any(|it| it == action.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::{Action, Success};

    #[test]
    fn successes_are_told_of_where_somebody_wants_it() {
        check("", "", Action::Passed, false);
        check("false", "Resource Passed", Action::Passed, false);
        check("true", "", Action::Passed, true);
        check("true", "Resource Mutated", Action::Passed, false);
        check("true", "x, Resource Mutated", Action::Mutated, true);
    }

    #[track_caller]
    fn check(wanted: &str, actions: &str, action: Action, expect: bool) {
        let success = Success::read(wanted, actions);
        assert_eq!(success.covers(action), expect, "{success:?}");
    }
}
