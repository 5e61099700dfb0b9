//! Models that stay with the parties: trained, applied and judged as those that somebody brings.

mod common;

use common::cancer::Cancer;
use common::{Data, real, tables, task, text};
use std::collections::{BTreeMap, VecDeque};
use troupe_learning::deed::{Deed, Withheld};
use troupe_learning::task::{
    Activation, Engine, Family, HeldOut, Judgement, Kind, Layer, Layout, Metric, Origin, Outcome,
    Predict, Reveal, Schedule, Train, Trial,
};
use troupe_learning::{Plan, Simulated, Task, simulate, simulate_on};
use troupe_mpc::program::{Draft, Taken};
use troupe_mpc::{
    Deadlines, Input, Label, Output, Party, Peer, Place, Receiver, Shelf, Spoilt, Untaken,
};
use troupe_types::{Hash, Millis, NodeId, SessionId};
use troupe_wire::{List, Machine, Now, Seed};

const ENGINES: [Engine; 2] = [Engine::SemiHonest, Engine::Malicious];
const LIMIT: f64 = 16.0;

type Results = BTreeMap<String, Vec<f64>>;

fn shelves() -> [Shelf; 3] {
    [(); 3].map(|()| Shelf::default())
}

fn run(shelves: &[Shelf; 3], task: &Task, data: &[Data]) -> Simulated {
    let plan = Plan::new(task, None).unwrap_or_else(|error| panic!("{error}"));
    let seeds = |peer: Peer| Seed::from_number(5).child(&peer.to_string(), 0);
    let done = simulate_on(shelves, task, &plan, &tables(data), seeds, |_| {});
    let done = done.unwrap_or_else(|error| panic!("{error}"));
    let cost = plan.program().cost();
    for link in &cost.links {
        let sent = done.sent.get(&(link.from, link.to)).copied();
        assert_eq!(sent, Some(link.bytes.0), "{} to {}", link.from, link.to);
    }
    assert_eq!((done.rounds, done.checks), (cost.rounds, cost.checks));
    done
}

fn results(done: &Simulated) -> Results {
    done.received[0].results.iter().map(|one| (one.name.clone(), one.values.clone())).collect()
}

/// The session of a later task.
fn later(layout: Layout, data: &[Data], engine: Engine, predict: Predict) -> Task {
    let session = SessionId([2; 16]);
    Task { session, engine, ..task(layout, data, Kind::Predict(predict)) }
}

/// Trains, and gives the shelves and what the model is called.
fn trained(layout: Layout, data: &[Data], engine: Engine, train: Train) -> ([Shelf; 3], Simulated) {
    assert!(train.reveal.keeps());
    let shelves = shelves();
    let task = Task { engine, ..task(layout, data, Kind::Train(train)) };
    let done = run(&shelves, &task, data);
    (shelves, done)
}

/// The weights, as the three parties can show them together.
fn opened(shelves: &[Shelf; 3], id: Hash) -> Vec<f64> {
    let kept = shelves[0].get(id).expect("it is there");
    let Label { length, fraction, low, high, .. } = kept.label().clone();
    let taken = Taken { id, length, fraction, low, high };
    let mut draft = Draft::taking(Vec::new(), Vec::new(), vec![taken]);
    draft.reveal(0, draft.taken(0), "weights", fraction, 1);
    let program = draft.finish().expect("in range");
    let (place, now) =
        (Place { session: SessionId([3; 16]), terms: Hash([3; 32]) }, Now::default());
    let mut parties: Vec<Party> = (0..)
        .zip(shelves)
        .map(|(index, shelf)| {
            let (shelf, seed) = (shelf.clone(), Seed::from_number(index.into()));
            let deadlines = Deadlines::default();
            Party::with_shelf(shelf, place, program.clone(), index, deadlines, &seed, now)
                .expect("a place")
        })
        .collect();
    let mut receiver = Receiver::new(place, program, 0, Millis::MAX, now).expect("a place");
    let mut queue = VecDeque::new();
    let bytes = u64::MAX;
    for from in 0..3u8 {
        let others = (0..3).map(Peer::Party).chain([Peer::Receiver(0)]);
        queue.extend(others.map(|to| (Peer::Party(from), Input::Credit { to, bytes })));
    }
    while let Some((to, input)) = queue.pop_front() {
        let (mut out, mut told) = (Vec::new(), Vec::new());
        match to {
            Peer::Party(index) => parties[usize::from(index)].step(now, input, &mut out),
            Peer::Owner(_) | Peer::Receiver(_) => receiver.step(now, input, &mut told),
        }
        for wish in out {
            if let Output::Send { to: next, bytes } = wish {
                queue.push_back((next, Input::Bytes { from: to, bytes }));
            }
        }
        for wish in told {
            if let Output::Finished(received) = wish {
                return received.results[0].values.clone();
            }
        }
    }
    panic!("no weights")
}

fn predict(features: &[&str], model: Origin, activation: Activation, outcome: Outcome) -> Predict {
    let features = List::new(features.iter().map(|one| text(one)).collect()).expect("few");
    let layers = List::new(vec![Layer { outputs: 1, activation }]).expect("one");
    Predict { features, model, layers, limit: real(LIMIT), outcome }
}

fn model(weights: &[f64]) -> Data {
    let (bias, slopes) = weights.split_last().expect("a bias");
    let bounds = (-LIMIT, LIMIT);
    Data::new("model").with("weights 0", bounds, slopes.to_vec()).with(
        "bias 0",
        bounds,
        vec![*bias],
    )
}

/// Whole numbers of two owners, and something that goes along with them.
fn whole_numbers(rows: u32) -> Vec<Data> {
    let numbers = |step: u32, most: u32| -> Vec<f64> {
        (0..rows).map(|row| f64::from(row * step % (most + 1))).collect()
    };
    let (x, y) = (numbers(7, 12), numbers(5, 9));
    let label = x.iter().zip(&y).map(|(x, y)| 0.37 * x - 0.21 * y + 1.3).collect();
    vec![
        Data::new("shop").with("x", (0.0, 12.0), x).with("z", (-10.0, 10.0), label),
        Data::new("store").with("y", (0.0, 9.0), y),
    ]
}

fn linear(reveal: Reveal) -> Train {
    let schedule = Schedule {
        epochs: 6,
        batch: 20,
        rate: real(0.01),
        decay: real(0.0),
        limit: real(LIMIT),
        shuffle: false,
    };
    let features = List::new(vec![text("x"), text("y")]).expect("two");
    Train { family: Family::Linear, features, label: text("z"), schedule, reveal }
}

#[test]
fn a_model_that_stayed_gives_to_the_last_bit_what_an_owners_model_of_its_weights_gives() {
    let data = whole_numbers(60);
    for engine in ENGINES {
        let train = linear(Reveal::Kept(None));
        let (shelves, done) = trained(Layout::Aligned, &data, engine, train);
        // Nobody learns anything but what it is called.
        assert!(done.received[0].results.is_empty());
        let [id] = done.received[0].kept[..] else { panic!("one model") };
        assert!(done.endings.iter().all(|ending| ending.result == done.received[0].result));
        let weights = opened(&shelves, id);
        // It was trained: near what a training shows that is the same but for its last bits.
        let shown = Kind::Train(linear(Reveal::Weights));
        let shown = Task { engine, ..task(Layout::Aligned, &data, shown) };
        let shown = &results(&run(&self::shelves(), &shown, &data))["weights"];
        let exact = shown.iter().zip(&weights).all(|(shown, kept)| (shown - kept).abs() < 2e-4);
        assert!(exact && weights.iter().any(|weight| weight.abs() > 0.1), "{shown:?}, {weights:?}");

        let rows = whole_numbers(37);
        let mut with_model = rows.clone();
        with_model.push(model(&weights));
        let metrics = List::new(vec![Metric::Rmse, Metric::Mae, Metric::R2]).expect("three");
        let judged = Outcome::Judged(Judgement { label: text("z"), metrics });
        for outcome in [Outcome::Values, Outcome::Class, judged] {
            let predict =
                |model| predict(&["x", "y"], model, Activation::Identity, outcome.clone());
            let kept = later(Layout::Aligned, &rows, engine, predict(Origin::Kept(id)));
            let kept = results(&run(&shelves, &kept, &rows));
            let brought = later(Layout::Aligned, &with_model, engine, predict(Origin::Owner(2)));
            let brought = results(&run(&self::shelves(), &brought, &with_model));
            if let Outcome::Judged(_) = outcome {
                for (name, kept) in &kept {
                    // What they are made of is the same; roots and quotients are by chance in their last bits.
                    assert!((kept[0] - brought[name][0]).abs() < 1e-4, "{name}: {kept:?}");
                }
                assert_eq!(kept.len(), 3);
            } else {
                assert_eq!(kept, brought, "{engine:?}, {outcome:?}");
                assert!(kept.values().all(|values| values.len() == 37));
            }
        }
    }
}

#[test]
fn a_logistic_model_that_stayed_is_applied_to_the_rows_of_others_and_judged_by_them() {
    let cancer = Cancer::load();
    for (engine, layout, data, test) in [
        (Engine::SemiHonest, Layout::Pooled, cancer.pooled("train"), cancer.pooled("test")),
        (Engine::Malicious, Layout::Aligned, cancer.aligned("train"), cancer.aligned("test")),
    ] {
        let mut train = cancer.train(Family::Logistic, 0.5);
        train.reveal = Reveal::Kept(None);
        train.schedule.epochs = 3;
        let features: Vec<String> = train.features.iter().map(|one| one.to_string()).collect();
        let features: Vec<&str> = features.iter().map(String::as_str).collect();
        let (shelves, done) = trained(layout, &data, engine, train);
        let id = done.received[0].kept[0];
        let weights = opened(&shelves, id);
        let metrics = vec![Metric::Confusion, Metric::Accuracy, Metric::Auc];
        let metrics = List::new(metrics).expect("three");
        let judged = Outcome::Judged(Judgement { label: text("benign"), metrics });
        let mut with_model = test.clone();
        with_model.push(model(&weights));
        for outcome in [judged, Outcome::Class, Outcome::Values] {
            let predict = |model| predict(&features, model, Activation::Sigmoid, outcome.clone());
            let kept = later(layout, &test, engine, predict(Origin::Kept(id)));
            let kept = results(&run(&shelves, &kept, &test));
            let brought = later(layout, &with_model, engine, predict(Origin::Owner(2)));
            let brought = results(&run(&self::shelves(), &brought, &with_model));
            let is_near = |name: &String, values: &Vec<f64>| {
                let pairs = values.iter().zip(&brought[name]);
                // Counts and areas follow from sums that are rounded alike.
                let most = if outcome == Outcome::Values { 1e-3 } else { 1e-6 };
                values.len() == brought[name].len()
                    && pairs.into_iter().all(|(one, other)| (one - other).abs() <= most)
            };
            assert!(kept.iter().all(|(name, values)| is_near(name, values)), "{outcome:?}");
            if let Outcome::Judged(_) = outcome {
                let accuracy = kept["accuracy"][0];
                assert!((accuracy - cancer.accuracy(&weights)).abs() < 1e-6);
                assert!(accuracy > 0.9, "{accuracy}");
            }
        }
    }
}

#[test]
fn what_a_model_is_tried_out_with_where_it_is_trained_says_the_same_as_judging_it_later() {
    let cancer = Cancer::load();
    let data = cancer.aligned_with_held_out();
    let metrics = || List::new(vec![Metric::Confusion, Metric::Auc]).expect("two");
    let mut train = cancer.train(Family::Logistic, 0.5);
    train.schedule.epochs = 2;
    let held_out = HeldOut::Last(cancer.aligned("test")[0].rows());
    train.reveal = Reveal::Kept(Some(Trial { held_out, metrics: metrics() }));
    let features: Vec<String> = train.features.iter().map(|one| one.to_string()).collect();
    let features: Vec<&str> = features.iter().map(String::as_str).collect();
    let (shelves, done) = trained(Layout::Aligned, &data, Engine::SemiHonest, train);
    let tried = results(&done);
    assert_eq!(tried.len(), 5, "four counts and an area, and no weights");

    let test = cancer.aligned("test");
    let judged = Outcome::Judged(Judgement { label: text("benign"), metrics: metrics() });
    let model = Origin::Kept(done.received[0].kept[0]);
    let predict = predict(&features, model, Activation::Sigmoid, judged);
    let later = later(Layout::Aligned, &test, Engine::SemiHonest, predict);
    let judged = results(&run(&shelves, &later, &test));
    for (name, value) in &tried {
        assert!((value[0] - judged[name][0]).abs() < 1e-6, "{name}");
    }
    assert_eq!(judged.len(), tried.len());
}

#[test]
fn a_model_that_is_not_there_or_has_another_shape_is_not_applied() {
    let data = whole_numbers(60);
    let train = linear(Reveal::Kept(None));
    let (shelves, done) = trained(Layout::Aligned, &data, Engine::SemiHonest, train.clone());
    let id = done.received[0].kept[0];
    let refused = |shelves: &[Shelf; 3], engine, features: &[&str], limit: f64| {
        let mut predict =
            predict(features, Origin::Kept(id), Activation::Identity, Outcome::Values);
        predict.limit = real(limit);
        let task = later(Layout::Aligned, &data, engine, predict);
        let plan = Plan::new(&task, None).unwrap_or_else(|error| panic!("{error}"));
        let seeds = |_| Seed::from_number(5);
        match simulate_on(shelves, &task, &plan, &tables(&data), seeds, |_| {}) {
            Err(troupe_learning::Error::Program(troupe_mpc::Error::Untaken { reason, .. })) => {
                Some(reason)
            }
            Err(error) => panic!("{error}"),
            Ok(_) => None,
        }
    };
    let both = ["x", "y"];
    let semi_honest = Engine::SemiHonest;
    assert_eq!(refused(&shelves, semi_honest, &both, LIMIT), None);
    assert_eq!(refused(&shelves, semi_honest, &both, 100.0), None, "a wider limit");
    let range = Some(Untaken::Shape("range"));
    assert_eq!(refused(&shelves, semi_honest, &both, 15.0), range);
    let three = ["x", "y", "x - 3"];
    let shape = Some(Untaken::Shape("number of elements"));
    assert_eq!(refused(&shelves, semi_honest, &three, LIMIT), shape);
    let unproven = Some(Untaken::Unproven);
    assert_eq!(refused(&shelves, Engine::Malicious, &both, LIMIT), unproven);
    let missing = Some(Untaken::Missing);
    assert_eq!(refused(&self::shelves(), semi_honest, &both, LIMIT), missing);
    let [first, second, third] = shelves.clone();
    let seat = Some(Untaken::Seat { got: 1, want: 0 });
    assert_eq!(refused(&[second, third, first], semi_honest, &both, LIMIT), seat);
    // What is cut short on a disk is not read.
    let bytes = shelves[0].get(id).expect("it is there").encode();
    let cut = troupe_mpc::Kept::decode(&bytes[..bytes.len() - 1]);
    assert!(matches!(cut, Err(Spoilt::Encoding(_))), "{cut:?}");

    let unfit = |change: &dyn Fn(&mut Predict)| {
        let mut predict = predict(&both, Origin::Kept(id), Activation::Identity, Outcome::Values);
        change(&mut predict);
        let task = later(Layout::Aligned, &data, semi_honest, predict);
        Plan::new(&task, None).expect_err("refused").to_string()
    };
    let layer = |outputs| Layer { outputs, activation: Activation::Identity };
    let shape = "a model that stayed with the parties has one layer, with one output";
    assert_eq!(unfit(&|one| one.layers = List::new(vec![layer(2)]).expect("one")), shape);
    assert_eq!(unfit(&|one| one.layers = List::new(vec![layer(1); 2]).expect("two")), shape);
    let wide = "`weights` has values that no format has room for";
    assert_eq!(unfit(&|one| one.limit = real(5000.0)), wide);
    let mut wider = train;
    wider.schedule.limit = real(5000.0);
    let task = task(Layout::Aligned, &data, Kind::Train(wider));
    assert_eq!(Plan::new(&task, None).expect_err("refused").to_string(), wide);
    // In the clear there is nothing to compare with.
    let predict = predict(&both, Origin::Kept(id), Activation::Identity, Outcome::Values);
    let task = later(Layout::Aligned, &data, semi_honest, predict);
    let plan = Plan::new(&task, None).expect("good");
    let hidden = plan.in_the_clear(&task, &tables(&data)).expect_err("nobody has it");
    assert_eq!(
        hidden.to_string(),
        "the model stayed with the parties, and nobody has it in the clear"
    );
}

#[test]
fn an_owner_allows_a_model_that_stays_as_one_that_is_shown() {
    let data = whole_numbers(60);
    let claims = |reveal| {
        let task = task(Layout::Aligned, &data, Kind::Train(linear(reveal)));
        (task.claims(0, None).expect("good"), task.algorithms().expect("good"))
    };
    assert_eq!(claims(Reveal::Kept(None)), claims(Reveal::Weights));
    let trial =
        Trial { held_out: HeldOut::Last(12), metrics: List::new(vec![Metric::Mae]).expect("one") };
    assert_eq!(claims(Reveal::Kept(Some(trial.clone()))), claims(Reveal::Both(trial)));
    // And who brings rows to it allows what one allows for another's model.
    let applied = |model, data: &[Data]| {
        let predict = predict(&["x", "y"], model, Activation::Identity, Outcome::Values);
        let task = later(Layout::Aligned, data, Engine::Malicious, predict);
        (task.claims(0, None).expect("good"), task.claims(1, None).expect("good"))
    };
    let mut with_model = data.clone();
    with_model.push(model(&[1.0, 2.0, 3.0]));
    let kept = applied(Origin::Kept(Hash([1; 32])), &data);
    assert_eq!(kept, applied(Origin::Owner(2), &with_model));
    // Without shelves of its own a simulation starts with empty ones.
    let predict =
        predict(&["x", "y"], Origin::Kept(Hash([1; 32])), Activation::Identity, Outcome::Values);
    let task = later(Layout::Aligned, &data, Engine::Malicious, predict);
    let plan = Plan::new(&task, None).expect("good");
    let refused = simulate(&task, &plan, &tables(&data), |_| Seed::from_number(1), |_| {});
    assert!(refused.is_err());
}

#[test]
fn a_model_is_applied_by_those_who_kept_it_and_for_those_for_whom_they_did() {
    let data = whole_numbers(60);
    let receivers =
        |ids: &[u8]| List::new(ids.iter().map(|id| NodeId([*id; 32])).collect()).expect("few");
    let kind = Kind::Train(linear(Reveal::Kept(None)));
    let training = Task { receivers: receivers(&[7, 8]), ..task(Layout::Aligned, &data, kind) };
    let done = run(&shelves(), &training, &data);
    let model = done.received[0].kept[0];
    let deed = Deed::heard(&training, &done.received[0]).expect("it keeps one");
    // Both receivers and the parties note the same.
    assert_eq!(Deed::heard(&training, &done.received[1]), Some(deed.clone()));
    assert_eq!(Deed::new(&training, model), Some(deed.clone()));
    let shown = Kind::Train(linear(Reveal::Weights));
    assert_eq!(Deed::new(&Task { kind: shown, ..training.clone() }, model), None);

    let applied = |model, ids: &[u8]| {
        let predict = predict(&["x", "y"], model, Activation::Identity, Outcome::Values);
        let task = later(Layout::Aligned, &data, Engine::Malicious, predict);
        Task { receivers: receivers(ids), ..task }
    };
    for ids in [&[7][..], &[8], &[7, 8], &[8, 7]] {
        assert_eq!(deed.allows(&applied(Origin::Kept(model), ids)), Ok(()));
    }
    let stranger = Err(Withheld::Stranger { receiver: 1 });
    assert_eq!(deed.allows(&applied(Origin::Kept(model), &[7, 9])), stranger);
    let other = applied(Origin::Kept(Hash([1; 32])), &[7]);
    assert_eq!(deed.allows(&other), Err(Withheld::Other));
    assert_eq!(deed.allows(&applied(Origin::Owner(0), &[7])), Err(Withheld::Other));
    assert_eq!(deed.allows(&training), Err(Withheld::Other));
    for seat in 0..3u8 {
        let mut task = applied(Origin::Kept(model), &[7]);
        task.parties[usize::from(seat)].id = NodeId([77; 32]);
        assert_eq!(deed.allows(&task), Err(Withheld::Seat { seat }));
    }
    let mut turned = applied(Origin::Kept(model), &[7]);
    turned.parties.rotate_left(1);
    assert_eq!(deed.allows(&turned), Err(Withheld::Seat { seat: 0 }));

    let most: Vec<u8> = (0..16).collect();
    for deed in [deed.clone(), Deed { holders: receivers(&most), ..deed }] {
        let bytes = deed.encode().expect("small");
        assert_eq!(Deed::decode(&bytes).as_ref(), Ok(&deed));
        assert!((0..bytes.len()).all(|cut| Deed::decode(&bytes[..cut]).is_err()));
        assert!(Deed::decode(&[&bytes[..], &[0]].concat()).is_err());
    }
}
