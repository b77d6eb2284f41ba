//! What may speak about a review, found by kind and by namespace.

use std::sync::Arc;

use super::{QuickMap, Route};

/// Things with routes, by the kinds that these lead to.
#[derive(Debug, Default)]
pub(crate) struct ByKind {
    /// For each kind that a route names.
    kinds: QuickMap<Box<str>, Arc<[u32]>>,
    /// For every other kind.
    other: Arc<[u32]>,
}

impl ByKind {
    /// Of things that may have several routes; they are numbered as they come.
    pub(crate) fn new<'r, R>(things: impl IntoIterator<Item = R> + Clone) -> ByKind
    where
        R: IntoIterator<Item = &'r Route> + Clone,
    {
        let mut kinds: QuickMap<Box<str>, Vec<u32>> = QuickMap::default();
        let mut unnamed = Vec::new();
        for (index, routes) in (0..).zip(things) {
            for kind in routes.clone().into_iter().flat_map(Route::names) {
                kinds.entry(kind.clone()).or_default().push(index);
            }
            let open: Vec<_> = routes.into_iter().filter(|it| it.leads_unnamed()).collect();
            if !open.is_empty() {
                unnamed.push((index, open));
            }
        }
        let kinds = kinds.into_iter().map(|(kind, mut of)| {
            let open = unnamed
                .iter()
                .filter(|(_, routes)| routes.iter().any(|route| route.leads(&kind)));
            of.extend(open.map(|(index, _)| index));
            of.sort_unstable();
            of.dedup();
            (kind, of.into())
        });
        ByKind {
            kinds: kinds.collect(),
            other: unnamed.iter().map(|(index, _)| *index).collect(),
        }
    }

    /// What may speak about a kind, in order.
    pub(crate) fn of(&self, kind: &str) -> &[u32] {
        self.kinds.get(kind).unwrap_or(&self.other)
    }

    /// Every list there is: of each kind that is named, then of all others.
    pub(crate) fn lists(&self) -> impl Iterator<Item = (Option<&str>, &[u32])> {
        let kinds = self.kinds.iter().map(|(kind, of)| (Some(&**kind), &**of));
        kinds.chain([(None, &*self.other)])
    }
}

/// Groups that decide answers about one kind, by the namespaces that they are confined to.
#[derive(Debug, Default)]
pub(crate) struct Reach {
    everywhere: Box<[u32]>,
    namespaces: QuickMap<Box<str>, Box<[u32]>>,
    whole: bool,
}

impl Reach {
    /// Of groups and the namespaces that confine them, if any do. `whole`: can one of them not do
    /// without the managed fields of the object?
    pub(crate) fn new<'n>(
        groups: impl Iterator<Item = (u32, Option<Vec<&'n str>>)>,
        whole: bool,
    ) -> Reach {
        let mut everywhere = Vec::new();
        let mut namespaces: QuickMap<Box<str>, Vec<u32>> = QuickMap::default();
        for (group, confined) in groups {
            match confined {
                None => everywhere.push(group),
                Some(names) => {
                    for name in names {
                        let groups = namespaces.entry(name.into()).or_default();
                        if groups.last() != Some(&group) {
                            groups.push(group);
                        }
                    }
                }
            }
        }
        let namespaces = namespaces.into_iter();
        Reach {
            everywhere: everywhere.into(),
            namespaces: namespaces.map(|(name, of)| (name, of.into())).collect(),
            whole,
        }
    }

    /// Does no group decide anything about this kind?
    pub(crate) fn is_empty(&self) -> bool {
        self.everywhere.is_empty() && self.namespaces.is_empty()
    }

    /// Can a group not do without the managed fields of the object?
    pub(crate) fn needs_whole(&self) -> bool {
        self.whole
    }

    /// The groups that may speak about objects in a namespace.
    pub(crate) fn within(&self, namespace: &str) -> impl Iterator<Item = u32> {
        let confined = match self.namespaces.is_empty() {
            true => None,
            false => self.namespaces.get(namespace),
        };
        let confined = confined.into_iter().flatten();
        self.everywhere.iter().chain(confined).copied()
    }
}
