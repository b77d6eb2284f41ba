//! A plan as a picture: one SVG that needs nothing else.
//!
//! Comes in:  a [`Plan`].
//! Goes out:  SVG, readable on light and dark pages.
//! Never here: what a plan is.
//!
//! ```text
//! Pod: 19 rules, 19 checks
//! ┌ match any: [...] ─────────────────────────────────────┐
//! │ checks      [pattern · disallow-...]  [deny · ...]    │
//! │ places      spec                                      │
//! │               ├ hostIPC            (false   1)        │
//! │               └ containers[].image (!*:latest   3)    │
//! │ conditions  ...                                       │
//! └───────────────────────────────────────────────────────┘
//! ```

use std::fmt::Write;

use portcullis_engine::picture::{Group, Place, Plan, Test};

use crate::cli::markup::escaped;

/// The picture is so wide; its height follows.
const WIDTH: f64 = 1200.0;

/// Space around everything.
const EDGE: f64 = 24.0;

/// From one line to the next.
const LINE: f64 = 26.0;

/// A character of the text in chips, on average, and of code.
const CHAR: f64 = 7.3;

/// Where the tests of places begin.
const TESTS: f64 = 430.0;

/// Characters of one chip, beyond which it is cut; the whole text is its title.
const LONGEST: usize = 84;

/// Chips of one place, checks of one group: the first ones are the most shared.
const MOST: usize = 40;

/// Places of one group.
const MOST_PLACES: usize = 400;

/// Draws a plan.
pub(super) fn picture(plan: &Plan) -> String {
    let mut drawing = Drawing {
        out: String::new(),
        y: 0.0,
    };
    drawing.title(plan);
    for (index, group) in plan.groups.iter().enumerate() {
        drawing.group(index + 1, group);
    }
    let height = drawing.y + EDGE;
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH}\" height=\"{height:.0}\" \
         viewBox=\"0 0 {WIDTH} {height:.0}\" role=\"img\" aria-label=\"plan of {}\">{STYLE}\
         <rect class=\"page\" width=\"100%\" height=\"100%\"/>{}</svg>\n",
        escaped(&plan.kind),
        drawing.out
    )
}

struct Drawing {
    out: String,
    /// How far down it is drawn.
    y: f64,
}

impl Drawing {
    fn title(&mut self, plan: &Plan) {
        let (rules, classes, opaque) = plan.totals();
        self.y = EDGE + 22.0;
        let kind = &plan.kind;
        self.text(EDGE, "title", &format!("How {kind} is decided"));
        self.y += LINE;
        let mut line = format!(
            "{rules} rules in {} groups make {classes} different checks",
            plan.groups.len()
        );
        if opaque > 0 {
            let _ = write!(line, "; {opaque} rules are left to the reference evaluator");
        }
        self.text(EDGE, "quiet", &line);
        self.y += LINE - 4.0;
        // The legend: how dark how many rules are.
        let mut x = EDGE;
        self.text(x, "quiet", "rules that share a test:");
        x += 160.0;
        for (rules, name) in [(1, "1"), (2, "2 to 4"), (5, "5 to 19"), (20, "20 and more")] {
            let _ = write!(
                self.out,
                "<rect class=\"{}\" x=\"{x}\" y=\"{:.1}\" width=\"14\" height=\"14\" rx=\"3\"/>",
                shade(rules),
                self.y - 12.0
            );
            self.text(x + 20.0, "quiet", name);
            x += 40.0 + CHAR * name.len() as f64;
        }
        self.y += 14.0;
    }

    fn group(&mut self, number: usize, group: &Group) {
        let top = self.y;
        let outer = std::mem::take(&mut self.out);
        self.y += 30.0;
        let role = match group.answers {
            true => "decides the answer",
            false => "is only reported, after the answer",
        };
        let head = format!("Group {number}: {} rules; {role}", group.rules);
        self.text(EDGE + 18.0, "head", &head);
        self.labelled("match", &group.matches);
        if !group.excludes.is_empty() {
            self.labelled("exclude", &group.excludes);
        }
        if let Some(namespace) = &group.namespace {
            self.labelled("namespace", namespace);
        }
        if group.exceptions > 0 {
            let exceptions = format!("{} that name these rules", group.exceptions);
            self.labelled("exceptions", &exceptions);
        }
        self.classes(group);
        self.places(&group.places);
        self.conditions(&group.conditions);
        self.y += 14.0;
        let (width, height) = (WIDTH - 2.0 * EDGE, self.y - top);
        let inner = std::mem::replace(&mut self.out, outer);
        let _ = write!(
            self.out,
            "<rect class=\"card\" x=\"{EDGE}\" y=\"{top:.1}\" width=\"{width}\" height=\"{height:.1}\" rx=\"10\"/>{inner}"
        );
        self.y += 18.0;
    }

    /// The guard: wrapped, because it is what all rules of the group have in common.
    fn labelled(&mut self, label: &str, text: &str) {
        let most = ((WIDTH - 2.0 * EDGE - 140.0) / CHAR) as usize;
        for (index, line) in wrapped(text, most).iter().enumerate() {
            self.y += if index == 0 { LINE } else { 19.0 };
            if index == 0 {
                self.text(EDGE + 18.0, "quiet", label);
            }
            self.text(EDGE + 118.0, "code", line);
        }
    }

    fn section(&mut self, name: &str) {
        self.y += LINE + 10.0;
        self.text(EDGE + 18.0, "section", name);
        self.y += 4.0;
    }

    fn classes(&mut self, group: &Group) {
        self.section(&format!(
            "{} different checks, each evaluated once",
            group.classes.len()
        ));
        let chips = group.classes.iter().take(MOST).map(|class| {
            let first = class.policies.first().map_or("", String::as_str);
            let others = match class.policies.len() {
                0 | 1 => String::new(),
                count => format!(" and {} more", count - 1),
            };
            let why = class
                .opaque
                .map_or_else(String::new, |why| format!(": {why}"));
            Chip {
                class: match class.opaque {
                    Some(_) => "opaque",
                    None => shade(class.policies.len()),
                },
                text: format!("{}{why} · {first}{others}", class.what),
                badge: class.policies.len(),
                title: class.policies.join(", "),
            }
        });
        let chips: Vec<_> = chips.collect();
        self.y += LINE;
        self.chips(EDGE + 18.0, &chips, group.classes.len());
    }

    fn places(&mut self, places: &[Place]) {
        if places.is_empty() {
            return;
        }
        let tests: usize = places.iter().map(|place| place.tests.len()).sum();
        self.section(&format!(
            "{} places of the resource, {tests} different tests of them",
            places.len()
        ));
        self.y += 6.0;
        // For each depth, where the line to the places below starts.
        let mut stems: Vec<f64> = Vec::new();
        for place in places.iter().take(MOST_PLACES) {
            self.y += LINE;
            let x = EDGE + 24.0 + 20.0 * place.depth as f64;
            stems.truncate(place.depth);
            if let Some(stem) = stems.last_mut() {
                let (from, to) = (x - 14.0, self.y - 4.5);
                let _ = write!(
                    self.out,
                    "<path class=\"branch\" d=\"M{from:.1} {stem:.1}V{to:.1}H{:.1}\"/>",
                    x - 3.0
                );
                // The next place at this depth goes on from here.
                *stem = to;
            }
            stems.push(self.y + 3.0);
            let room = ((TESTS - x - 44.0) / CHAR) as usize;
            let _ = write!(
                self.out,
                "<text class=\"key\" x=\"{x:.1}\" y=\"{:.1}\">{}<tspan class=\"count\" dx=\"8\">{}</tspan>\
                 <title>{}: {} rules look here</title></text>",
                self.y,
                escaped(&shortened(&place.key, room)),
                place.rules,
                escaped(&place.key),
                place.rules,
            );
            let chips: Vec<_> = place.tests.iter().take(MOST).map(chip).collect();
            self.chips(TESTS, &chips, place.tests.len());
        }
        self.more(places.len(), MOST_PLACES, "places");
    }

    fn conditions(&mut self, conditions: &[Test]) {
        if conditions.is_empty() {
            return;
        }
        self.section(&format!("{} conditions and loops", conditions.len()));
        for condition in conditions.iter().take(MOST) {
            self.y += LINE;
            let chip = Chip {
                text: shortened(&condition.text, 140),
                ..chip(condition)
            };
            self.chip(EDGE + 18.0, &chip);
        }
        self.more(conditions.len(), MOST, "conditions");
    }

    fn more(&mut self, count: usize, shown: usize, what: &str) {
        if count > shown {
            self.y += LINE;
            let text = format!("and {} more {what}", count - shown);
            self.text(EDGE + 24.0, "quiet", &text);
        }
    }

    /// Chips in a row, and in the next where they do not fit; `of`: how many there are in all.
    fn chips(&mut self, left: f64, chips: &[Chip], of: usize) {
        let mut x = left;
        for chip in chips {
            if x > left && x + chip.width() > WIDTH - EDGE - 14.0 {
                x = left;
                self.y += LINE;
            }
            self.chip(x, chip);
            x += chip.width() + 8.0;
        }
        if of > chips.len() {
            let text = format!("and {} more", of - chips.len());
            if x + CHAR * text.len() as f64 > WIDTH - EDGE - 14.0 {
                x = left;
                self.y += LINE;
            }
            self.text(x, "quiet", &text);
        }
    }

    fn chip(&mut self, x: f64, chip: &Chip) {
        let width = chip.width();
        let badge = chip.badge.to_string();
        let _ = write!(
            self.out,
            "<g class=\"chip {}\"><title>{}</title>\
             <rect x=\"{x:.1}\" y=\"{:.1}\" width=\"{width:.1}\" height=\"20\" rx=\"5\"/>\
             <text x=\"{:.1}\" y=\"{:.1}\">{}</text>\
             <text class=\"badge\" x=\"{:.1}\" y=\"{:.1}\">{badge}</text></g>",
            chip.class,
            escaped(&chip.title),
            self.y - 14.5,
            x + 8.0,
            self.y,
            escaped(&chip.text),
            x + width - 8.0,
            self.y,
        );
    }

    fn text(&mut self, x: f64, class: &str, text: &str) {
        let text = escaped(text);
        let _ = write!(
            self.out,
            "<text class=\"{class}\" x=\"{x:.1}\" y=\"{:.1}\">{text}</text>",
            self.y
        );
    }
}

/// A text in a box, and how many rules it stands for.
struct Chip {
    class: &'static str,
    text: String,
    badge: usize,
    title: String,
}

impl Chip {
    fn width(&self) -> f64 {
        let badge = self.badge.to_string().len();
        CHAR * (self.text.chars().count() + badge) as f64 + 28.0
    }
}

fn chip(test: &Test) -> Chip {
    Chip {
        class: shade(test.rules),
        text: shortened(&test.text, LONGEST),
        badge: test.rules,
        title: format!("{}: {} rules", test.text, test.rules),
    }
}

/// How dark a chip is: by how many rules share it.
fn shade(rules: usize) -> &'static str {
    match rules {
        0 | 1 => "one",
        2..=4 => "few",
        5..=19 => "several",
        _ => "many",
    }
}

fn shortened(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        None => text.to_owned(),
        Some(_) => {
            let kept: String = text.chars().take(most.saturating_sub(1)).collect();
            format!("{kept}…")
        }
    }
}

/// Lines of at most so many characters, broken at spaces where there are any; at most six.
fn wrapped(text: &str, most: usize) -> Vec<String> {
    const LINES: usize = 6;
    let mut lines = vec![String::new()];
    for word in text.split_inclusive(' ') {
        let length = word.chars().count();
        let Some(line) = lines.last_mut() else {
            break;
        };
        if !line.is_empty() && line.chars().count() + length > most {
            if lines.len() == LINES {
                if let Some(last) = lines.last_mut() {
                    last.push('…');
                }
                break;
            }
            lines.push(shortened(word, most));
        } else {
            line.push_str(&shortened(word, most));
        }
    }
    lines
}

const STYLE: &str = "<style>
svg{--page:#fbfbfa;--card:#fff;--line:#d9dce1;--ink:#1c2024;--quiet:#5c6470;--one:#eef1f5;--few:#cfe0fa;--several:#8db6f2;--many:#2f6fd0;--manyink:#fff;--opaque:#ffe0c2;--opaqueink:#7a3608;--chipink:#1c2024;--branch:#b9c0c9}
@media(prefers-color-scheme:dark){svg{--page:#14171a;--card:#1c2024;--line:#31373e;--ink:#e6e8eb;--quiet:#9aa3ad;--one:#2b3138;--few:#27405f;--several:#2d5f9e;--many:#7ab0f7;--manyink:#0d1b2e;--opaque:#5a3314;--opaqueink:#ffd9b0;--chipink:#e6e8eb;--branch:#4a525b}}
text{font:13px system-ui,sans-serif;fill:var(--ink)}
.page{fill:var(--page)}.card{fill:var(--card);stroke:var(--line)}
.title{font-size:22px;font-weight:600}.head{font-size:16px;font-weight:600}.section{font-weight:600}
.quiet,.count{fill:var(--quiet)}.count{font-size:11px}
.code,.key,.chip text{font-family:ui-monospace,'DejaVu Sans Mono',Menlo,Consolas,monospace;font-size:12px;white-space:pre}
.branch{fill:none;stroke:var(--branch)}
.chip text{fill:var(--chipink)}.chip .badge{text-anchor:end;font-weight:700}
.one rect,rect.one{fill:var(--one)}.few rect,rect.few{fill:var(--few)}
.several rect,rect.several{fill:var(--several)}.many rect,rect.many{fill:var(--many)}
.many text{fill:var(--manyink)}.opaque rect{fill:var(--opaque)}.opaque text{fill:var(--opaqueink)}
</style>";

#[cfg(test)]
mod tests {
    use super::{shortened, wrapped};

    #[test]
    fn texts_fit_their_place() {
        assert_eq!(shortened("abcd", 4), "abcd");
        assert_eq!(shortened("äbcde", 4), "äbc…");
        assert_eq!(wrapped("a bc def", 5), ["a bc ", "def"]);
        assert_eq!(wrapped("", 5), [""]);
    }
}
