//! What tests and benchmarks of the engine share: reviews of stated sizes, policies in stated numbers.
#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    unreachable_pub,
    reason = "support of tests and benchmarks, none of which uses all of it"
)]

pub mod expressions;
pub mod generate;
pub mod policies;
pub mod reviews;
pub mod validating;

use std::net::IpAddr;
use std::sync::LazyLock;

use bumpalo::Bump;
use portcullis_engine::admit::{self, Outside, Phase, Scratch};
use portcullis_engine::facts::{Answer, Fact, FactKind, Facts};
use portcullis_engine::failure::{FailureModes, Time};
use portcullis_engine::program::Program;
use portcullis_engine::review::Buffers;
use portcullis_engine::verdict::{conclude, conclude_cel, write_response};
use portcullis_lang::functions::Inputs;
use portcullis_lang::value::{Document, Numbers};

/// Time stands still, chance is certain.
pub struct Still;

impl Inputs for Still {
    fn now(&self) -> i128 {
        1_767_225_600_000_000_000
    }

    fn random(&self) -> u64 {
        7
    }

    fn resolve_host(&self, _: &str) -> Option<Result<Vec<IpAddr>, String>> {
        None
    }
}

static MODES: LazyLock<FailureModes> = LazyLock::new(FailureModes::default);

/// Nothing is known but that namespaces have no labels.
pub struct Bare;

impl Facts for Bare {
    fn offers(&self, _: FactKind) -> bool {
        false
    }

    fn get(&self, fact: &Fact) -> Option<Answer<'_>> {
        static NONE: LazyLock<Document> =
            LazyLock::new(|| Document::from_json(b"{}", Numbers::Doubles).unwrap());
        matches!(fact, Fact::NamespaceLabels { .. }).then(|| Ok(&*NONE))
    }
}

/// Hardly a fact, no end of the time.
pub fn outside() -> Outside<'static> {
    Outside {
        facts: &Bare,
        inputs: &Still,
        time: Time::ENDLESS,
        modes: &MODES,
        stages: None,
    }
}

/// The answer by the plan, or what is missing for it.
pub fn by_plan(program: &Program, body: &str, scratch: &mut Scratch) -> Result<String, String> {
    admit::answer(
        program,
        Phase::Validate,
        body.as_bytes(),
        outside(),
        scratch,
    )
    .map(|answer| String::from_utf8(answer.body.to_vec()).unwrap())
    .map_err(|pending| format!("{pending:?}"))
}

/// The answer by the reference evaluator alone.
pub fn by_reference(program: &Program, body: &str) -> Result<String, String> {
    let bump = Bump::new();
    let decided = Buffers::default().decode(body.as_bytes(), |review| {
        let account = admit::account(program, &review, outside(), &bump)
            .map_err(|fact| format!("Fact({fact:?})"))?;
        let mut out = String::new();
        let verdict = conclude(&account.outcomes, false, false, &review);
        // Policies that only audit have no say.
        let cel = account.cel.into_iter().filter(|said| said.policy.answers());
        let cel: Vec<_> = cel.collect();
        write_response(
            &mut out,
            review.uid,
            &verdict.and(conclude_cel(&cel, false)),
        );
        Ok(out)
    });
    decided.map_err(|refusal| refusal.to_string())?
}
