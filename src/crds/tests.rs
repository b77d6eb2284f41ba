//! The files of the chart are what the types print; every definition is whole.

use std::fs;
use std::path::Path;

use super::Group;

/// `PORTCULLIS_WRITE_CRDS=1 cargo test crds` writes the files anew.
#[test]
fn the_files_of_the_chart_are_what_the_types_print() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/manifests/crds");
    for group in Group::ALL {
        let file = folder.join(format!("{}.yaml", group.name()));
        let printed = group.yaml();
        if std::env::var_os("PORTCULLIS_WRITE_CRDS").is_some() {
            fs::create_dir_all(&folder).expect("the folder can be made");
            fs::write(&file, &printed).expect("the file can be written");
        }
        let written = fs::read_to_string(&file).unwrap_or_default();
        assert!(
            written == printed,
            "`{}` is not what the types print",
            file.display()
        );
    }
}

#[test]
fn every_kind_is_stored_in_one_version() {
    for group in Group::ALL {
        for kind in group.kinds() {
            let stored = kind
                .versions
                .iter()
                .filter(|version| version.role == super::kind::Role::Stored);
            assert_eq!(stored.count(), 1, "{}", kind.name);
        }
    }
}

/// `kubectl apply` keeps the whole object in an annotation, which takes no more.
#[test]
fn every_definition_can_be_applied_by_a_client() {
    const LIMIT: usize = 262_144;
    for group in Group::ALL {
        for definition in group.definitions() {
            let size = definition.to_string().len();
            assert!(
                size < LIMIT,
                "{}: {size} bytes",
                definition["metadata"]["name"]
            );
        }
    }
}
