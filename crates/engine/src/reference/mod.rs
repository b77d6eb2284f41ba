//! The reference evaluator: walks a rule as it is written and yields the exact outcome, message and
//! failing path. Plain and complete; the plan is measured against it.
//!
//! Comes in:  a policy, a review, facts.
//! Goes out:  outcomes.
//! Never here: speed bought with a second meaning.
//!
//! ```text
//! policy -> rule: match, exclude -> context -> preconditions -> exceptions -> body
//!                                                 (validate: pattern, anyPattern, deny, foreach, podSecurity)
//! ```

pub mod matching;
pub mod pod_security;
