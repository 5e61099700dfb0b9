use super::*;
use crate::terms::tests::trained;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use tempfile::TempDir;
use troupe_types::UnixMillis;

fn model(name: Hash, since: u64) -> Model {
    let task = Task { chain: 7, number: 3, ..trained() };
    let called = |id: NodeId| format!("node \"{}\"", id.short());
    let since = Moment(UnixMillis(1_700_000_000_000 + since));
    Model::new(("what \"people\" call it", &task), name, since, called).unwrap()
}

fn job(digits: &str, features: &str) -> ComputeJob {
    let text = format!(
        "name = \"x\"\n[[input]]\nname = \"a\"\nowner = \"o\"\ndataset = \"d\"\n\
         [predict]\nkept = \"{digits}\"\nfeatures = {features}\nshow = \"class\"\n"
    );
    let troupe_config::Order::Compute(job) = troupe_config::Order::load(&text).unwrap() else {
        panic!("no computation")
    };
    job
}

fn named(digits: &str) -> ModelName {
    let Work::Predict(predict) = job(digits, "[\"a.x\"]").work else { panic!("no prediction") };
    let Origin::Kept(name) = predict.model else { panic!("of an owner") };
    name
}

fn models(home: &TempDir) -> Models {
    Models::of(home.path().join("results/models"))
}

#[test]
fn a_model_is_read_as_it_was_written_and_by_nobody_else() {
    let home = TempDir::new().unwrap();
    let models = models(&home);
    assert!(models.all().unwrap().is_empty());
    let (first, second) = (model(Hash([0x3f; 32]), 9), model(Hash([0x11; 32]), 10));
    let path = models.put(&second).unwrap();
    models.put(&first).unwrap();
    assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(models.all().unwrap(), [first.clone(), second]);
    assert_eq!((first.features, first.layer().activation), (2, Activation::Sigmoid));
    assert_eq!(first.parties[1].name, format!("node \"{}\"", first.parties[1].id.short()));
    // What else lies there is no model.
    fs::write(path.with_file_name("notes.toml"), "x").unwrap();
    assert_eq!(models.all().unwrap().len(), 2);
    assert_eq!(heard(told(&first)).unwrap(), first, "and as it was told");
}

#[test]
fn a_model_is_forgotten_where_somebody_says_so_or_as_the_oldest_of_too_many() {
    let home = TempDir::new().unwrap();
    let models = Models { most: 2, ..models(&home) };
    let all = || models.all().unwrap().iter().map(|model| model.name.0[0]).collect::<Vec<u8>>();
    for (name, since) in [(3, 30), (1, 10), (2, 20)] {
        models.put(&model(Hash([name; 32]), since)).unwrap();
    }
    assert_eq!(all(), [2, 3], "the one that was trained first is gone");
    models.put(&model(Hash([2; 32]), 40)).unwrap();
    assert_eq!(all(), [3, 2], "one that is there already takes nobody's place");
    let refused = |name: &str| models.forget(name).unwrap_err().to_string();
    assert!(refused("0101").starts_with("model: wants a model's name: 64 hexadecimal digits, or"));
    assert!(refused("01010101").starts_with("model: no model \"01010101\" is remembered here"));
    assert_eq!(models.forget("02020202").unwrap(), Hash([2; 32]));
    assert_eq!(all(), [3]);
    // One whose file is damaged can be forgotten too, and nobody else does so.
    let path = models.put(&model(Hash([5; 32]), 50)).unwrap();
    fs::write(&path, "x").unwrap();
    models.put(&model(Hash([6; 32]), 60)).unwrap();
    assert_eq!(models.names().unwrap(), [Hash([5; 32]), Hash([6; 32])]);
    models.forget(&"05".repeat(32)).unwrap();
    assert_eq!(all(), [6]);
}

#[test]
fn a_model_is_found_by_its_first_digits_where_no_other_has_them() {
    let home = TempDir::new().unwrap();
    let models = models(&home);
    let mut other = [0x3f; 32];
    other[6] = 0;
    let (one, other) = (model(Hash([0x3f; 32]), 1), model(Hash(other), 2));
    models.put(&one).unwrap();
    assert_eq!(models.find(&named("3f3f3f3f")).unwrap(), one);
    models.put(&other).unwrap();
    assert_eq!(models.find(&named("3f3f3f3f3f3f3f")).unwrap(), one);
    assert_eq!(models.find(&named(&other.name.to_string())).unwrap(), other);
    let refused = |digits: &str| models.find(&named(digits)).unwrap_err().to_string();
    let twice =
        "predict.kept: \"3f3f3f3f3f3f\" begins 2 models: 3f3f3f3f3f3f003f, 3f3f3f3f3f3f3f3f";
    assert_eq!(refused("3f3f3f3f3f3f"), twice);
    let unknown = refused("00000000");
    assert!(unknown.starts_with("predict.kept: no model \"00000000\" is remembered here; `troupe"));
    assert!(refused("3f3f3f4f3f3f3f3f").contains("nearest is \"3f3f3f3f3f3f3f3f\""));
}

#[test]
fn a_file_that_tells_of_no_model_is_named_wherever_it_is_cut() {
    let home = TempDir::new().unwrap();
    let models = models(&home);
    let path = models.put(&model(Hash([0x3f; 32]), 1)).unwrap();
    let whole = fs::read_to_string(&path).unwrap();
    for cut in 0..whole.len() - 1 {
        fs::write(&path, &whole[..cut]).unwrap();
        let error = models.all().expect_err("it is cut").to_string();
        assert!(error.contains("3f3f3f3f.toml: "), "{error}");
    }
    for (from, to, want) in [
        ("version = 1", "version = 2", "has the form 2, this program reads 1"),
        ("model = \"3f", "model = \"3e", "tells of another model"),
        ("model = \"3f", "model = \"g", "its name is none"),
        ("limit = 16.0", "limit = nan", "its limit is none"),
        ("limit = 16.0", "limit = -1.0", "its limit is none"),
        ("features = 2", "features = 0", "its number of features is none"),
        ("features = 2", "features = 1025", "its number of features is none"),
        ("\"logistic\"", "\"logical\"", "tells of no model: unknown variant"),
        ("chain = 7", "chains = 7", "tells of no model: "),
        ("since = \"2", "since = \"x", "its time is none"),
        ("node_id = \"0b", "node_id = \"0", "its node id is none"),
        ("[[parties]]\n", "[[parties]]\nname = \"x\"\nnode_id = \"", "tells of no model"),
    ] {
        let text = whole.replacen(from, to, 1);
        assert_ne!(text, whole, "{from}");
        fs::write(&path, text).unwrap();
        let error = models.all().unwrap_err().to_string();
        assert!(error.contains(want), "{from}: {error}");
    }
    let last = whole.rfind("[[parties]]").unwrap();
    fs::write(&path, &whole[..last]).unwrap();
    assert!(models.all().unwrap_err().to_string().contains("its number of parties is none"));
    fs::write(&path, " ".repeat(65 << 10)).unwrap();
    assert!(models.all().is_err(), "it is too long");
}

#[test]
fn a_model_is_applied_for_its_holder_on_its_chain_to_as_many_features() {
    let home = TempDir::new().unwrap();
    let models = models(&home);
    let model = model(Hash([0x3f; 32]), 1);
    models.put(&model).unwrap();
    let holder = model.holders[0];
    let two = job("3f3f3f3f", "[\"a.x\", \"a.y\"]");
    for chain in [Some(7), None] {
        assert_eq!(models.applied(&two, holder, chain), Ok(Some(model.clone())), "{chain:?}");
    }
    let refused =
        |job, receiver, chain| models.applied(job, receiver, Some(chain)).unwrap_err().to_string();
    let stranger = refused(&two, NodeId([9; 32]), 7);
    assert!(stranger.contains("was kept for node 14141414, not for 09090909"), "{stranger}");
    let elsewhere = refused(&two, holder, 8);
    assert!(elsewhere.contains("was kept on chain 7, this job is run on chain 8"), "{elsewhere}");
    let elsewhere = refused(&two, holder, 0);
    assert!(elsewhere.contains("on chain 7, this job is run without a chain"), "{elsewhere}");
    let one = refused(&job("3f3f3f3f", "[\"a.x\"]"), holder, 7);
    assert_eq!(one, "predict.features: model 3f3f3f3f3f3f3f3f has 2 features, the job 1");
}

#[test]
fn parties_are_where_they_are_now_or_where_they_were() {
    let model = model(Hash([0x3f; 32]), 1);
    let id = model.parties[2].id;
    let moved = Seat { id, address: Text::cut("elsewhere:2"), deputy: None };
    let seats = model.seats(&BTreeMap::from([(id, moved.clone())]));
    assert_eq!(seats[2], moved);
    assert_eq!((seats[0].id, &*seats[0].address), (model.parties[0].id, "h:1"));
}
