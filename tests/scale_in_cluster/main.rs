//! What reports and scans of many objects cost: evaluations, requests to the API server, memory.
//!
//! `cargo test` does it with few objects, and holds what does not depend on time. The figures of many, from
//! a release build: `cargo test --release --test scale_in_cluster -- --ignored --nocapture`. Any binary can
//! be measured with `PORTCULLIS_BIN`.
//!
//! ```text
//! test: objects, policies ──> API server <── controllers: scan, reports
//!   └── reviews ──> gate ── reports ──┘
//! ```

#![allow(clippy::indexing_slicing, reason = "a test fails by panicking")]

#[path = "../support/mod.rs"]
mod support;
mod world;

use std::time::{Duration, Instant};

use support::cluster::{Cluster, Controllers};
use support::controllers::Rooms;
use support::figures::Figures;
use world::{Asked, CONFIG_MAPS, PODS, REPORTS, World};

/// How much of everything.
struct Size {
    /// Objects of each kind: Pods and ConfigMaps.
    objects: usize,
    namespaces: usize,
    /// Policies; half of them for each kind.
    policies: usize,
    /// Scans that are begun by the clock, and how often.
    scans: u64,
    interval: &'static str,
    /// Reviews that leave something in reports.
    reviews: usize,
    patience: Duration,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn little_is_asked_for_few_objects() -> anyhow::Result<()> {
    measure(&Size {
        objects: 30,
        namespaces: 3,
        policies: 6,
        scans: 2,
        interval: "2s",
        reviews: 60,
        patience: Duration::from_secs(60),
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes a quarter of an hour"]
async fn little_is_asked_for_many_objects() -> anyhow::Result<()> {
    measure(&Size {
        objects: 5_000,
        namespaces: 200,
        policies: 50,
        scans: 10,
        interval: "40s",
        reviews: 1_000,
        patience: Duration::from_secs(900),
    })
    .await
}

async fn measure(size: &Size) -> anyhow::Result<()> {
    let Some(cluster) = Cluster::start(Controllers::None)? else {
        return Ok(());
    };
    let world = World::new(&cluster, size.objects, size.namespaces, size.policies).await?;
    let flags = ["--only", "scan,reports"];
    let rooms = Rooms::start(&cluster, &flags)?;
    first_scan(size, &world, &rooms).await?;
    changed_policies(size, &world, &rooms).await?;
    rooms.stop()?;
    let flags = [&flags[..], &["--background-scan-interval", size.interval]].concat();
    let rooms = Rooms::start(&cluster, &flags)?;
    by_the_clock(size, &world, &rooms).await?;
    rooms.stop()?;
    admission(size, &world, &cluster).await
}

/// Everything is evaluated once, and each object gets one report; events are few.
async fn first_scan(size: &Size, world: &World, rooms: &Rooms) -> anyhow::Result<()> {
    let (objects, policies) = (world.pods + world.config_maps, size.policies as u64);
    let begun = Instant::now();
    let figures = settled(rooms, size.patience, |now| {
        now.sum("portcullis_reports_created_total", &[]) >= objects
    })
    .await?;
    report("first scan", begun, rooms, &Figures::default(), &figures)?;
    for (kind, count) in [(PODS, world.pods), (CONFIG_MAPS, world.config_maps)] {
        assert_eq!(read(&figures, kind), count, "{kind}");
        assert_eq!(evaluated(&figures, kind), count * policies / 2, "{kind}");
    }
    assert_eq!(figures.calls("create", REPORTS), objects);
    assert_eq!(figures.calls("update", REPORTS), 0);
    assert_eq!(world.reports().await?, objects);
    // Ten results of each policy, each told of twice, and a summary.
    let events = figures.calls("create", "events.events.k8s.io");
    assert!(events > 0 && events <= policies * 21, "{events} events");
    Ok(())
}

/// A policy that changed is evaluated on its kind, and nothing else is read, evaluated or written.
async fn changed_policies(size: &Size, world: &World, rooms: &Rooms) -> anyhow::Result<()> {
    let objects = world.config_maps;
    for (case, message, writes) in [
        ("a policy changed, its results did not", None, 0),
        (
            "a policy changed, and all of its results",
            Some("another one"),
            objects,
        ),
    ] {
        let (before, begun) = (rooms.figures().await?, Instant::now());
        world.change(CONFIG_MAPS, message).await?;
        let now = settled(rooms, size.patience, |now| {
            let now = now.since(&before);
            evaluated(&now, CONFIG_MAPS) >= objects && now.calls("update", REPORTS) >= writes
        })
        .await?;
        report(case, begun, rooms, &before, &now)?;
        let done = now.since(&before);
        assert_eq!(evaluated(&done, CONFIG_MAPS), objects, "{case}");
        assert_eq!(read(&done, CONFIG_MAPS), objects, "{case}");
        assert_eq!(read(&done, PODS) + evaluated(&done, PODS), 0, "{case}");
        assert_eq!(done.calls("list", PODS), 0, "{case}");
        let pages = objects.div_ceil(500);
        assert_eq!(done.calls("list", CONFIG_MAPS), pages, "{case}");
        assert_eq!(done.calls("update", REPORTS), writes, "{case}");
        assert_eq!(done.calls("get", REPORTS), writes, "{case}");
    }
    Ok(())
}

/// Scans that find nothing new write nothing, and take no more memory each time.
async fn by_the_clock(size: &Size, world: &World, rooms: &Rooms) -> anyhow::Result<()> {
    let mut memory = Vec::new();
    let (mut begun, mut before) = (Instant::now(), Figures::default());
    for scan in 0..=size.scans {
        let now = settled(rooms, size.patience, |now| {
            let done = |kind, count| read(now, kind) >= count * (scan + 1);
            done(PODS, world.pods) && done(CONFIG_MAPS, world.config_maps)
        })
        .await?;
        let case = match scan {
            0 => "another replica begins".to_owned(),
            scan => format!("scan {scan} by the clock"),
        };
        report(&case, begun, rooms, &before, &now)?;
        memory.push(rooms.usage()?.memory);
        (begun, before) = (Instant::now(), now);
    }
    for verb in ["create", "update", "delete"] {
        assert_eq!(before.calls(verb, REPORTS), 0, "{verb}");
    }
    let (first, last) = (memory[1], memory[memory.len() - 1]);
    println!("memory after each scan, MiB: {memory:?}");
    // A page of an allocator here and there, and no more.
    assert!(last <= first + first / 4 + 8, "memory grows: {memory:?}");
    Ok(())
}

/// A request writes at most one report object; several about one object write less.
async fn admission(size: &Size, world: &World, cluster: &Cluster) -> anyhow::Result<()> {
    let gate = world.gate(cluster).await?;
    let reviews = size.reviews;
    for (case, objects, asked, most) in [
        ("of new objects", reviews, Asked::Made, reviews),
        ("of the same again", reviews, Asked::Kept, 0),
        (
            "of a tenth as many, ten each, changing",
            reviews / 10,
            Asked::Changed,
            reviews,
        ),
    ] {
        let (before, begun) = (gate.figures().await?, Instant::now());
        world.ask(&gate, reviews, objects, asked).await?;
        let took = begun.elapsed();
        let is_done = |now: &Figures| {
            let done = now.since(&before);
            let told = done.sum("portcullis_after_reviews_total", &[]);
            told >= reviews as u64 && now.sum("portcullis_reports_waiting", &[]) == 0
        };
        let now = settled_of(size.patience, is_done, async || gate.figures().await).await?;
        let done = now.since(&before);
        let verb = |verb| done.calls(verb, REPORTS);
        let writes = verb("create") + verb("update");
        println!(
            "{reviews} reviews {case}, in {:.1} s: {writes} writes, {} reads; calls: {}",
            took.as_secs_f64(),
            verb("get"),
            done.all_calls(),
        );
        assert_eq!(done.sum("portcullis_reports_dropped_total", &[]), 0);
        assert!(writes <= most as u64, "{case}: {writes}");
        // A report of an object that is being made need not be looked for.
        let looked = if asked == Asked::Made { 0 } else { reviews };
        assert!(
            verb("get") <= looked as u64,
            "{case}: {} reads",
            verb("get")
        );
        // A batch takes a quarter of a second; in each an object is written once at most.
        let batches = begun.elapsed().as_millis() as u64 / 250 + 1;
        assert!(writes <= objects as u64 * batches, "{case}: {writes}");
    }
    Ok(())
}

fn read(figures: &Figures, kind: &str) -> u64 {
    let label = format!("resource=\"{kind}\"");
    figures.sum("portcullis_scan_objects_read_total", &[&label])
}

fn evaluated(figures: &Figures, kind: &str) -> u64 {
    let label = format!("resource=\"{kind}\"");
    figures.sum("portcullis_scan_evaluations_total", &[&label])
}

/// Waits until `is_done`, and until nothing more happens.
async fn settled(
    rooms: &Rooms,
    patience: Duration,
    is_done: impl Fn(&Figures) -> bool,
) -> anyhow::Result<Figures> {
    let settled = settled_of(patience, is_done, async || rooms.figures().await).await;
    settled.map_err(|error| error.context(rooms.log()))
}

async fn settled_of(
    patience: Duration,
    is_done: impl Fn(&Figures) -> bool,
    ask: impl AsyncFn() -> anyhow::Result<Figures>,
) -> anyhow::Result<Figures> {
    let begun = Instant::now();
    let mut done = false;
    while begun.elapsed() < patience {
        // Not there before it listens.
        let now = ask().await.unwrap_or_default();
        if done && is_done(&now) {
            return Ok(now);
        }
        done = is_done(&now);
        // What should not happen has time to.
        let pause = if done { 1_000 } else { 50 };
        tokio::time::sleep(Duration::from_millis(pause)).await;
    }
    anyhow::bail!("not done after {patience:?}")
}

fn report(
    case: &str,
    begun: Instant,
    rooms: &Rooms,
    before: &Figures,
    now: &Figures,
) -> anyhow::Result<()> {
    let (done, usage) = (now.since(before), rooms.usage()?);
    println!(
        "{case:<42} | {:>6.1} s | CPU so far {:>6.1} s | {:>4} MiB, peak {:>4} | read {:>6} | evaluated {:>7} | {}",
        begun.elapsed().as_secs_f64(),
        usage.cpu.as_secs_f64(),
        usage.memory,
        usage.peak,
        done.sum("portcullis_scan_objects_read_total", &[]),
        done.sum("portcullis_scan_evaluations_total", &[]),
        done.all_calls(),
    );
    Ok(())
}
