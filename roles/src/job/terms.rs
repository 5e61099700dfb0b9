//! A job file and what the owners say about their data become an agreement. Pure.

use crate::exit::{ExitCode, Failure, Outcome};
use troupe_config::{ColumnOf, Job, Layout as Written, Statistic};
use troupe_mpc::agreement::{Agreement, At, ColumnTerms, Layout, Seat, Terms, Wanted};
use troupe_mpc::message::Description;
use troupe_types::{NodeId, SessionId};
use troupe_wire::{List, Text};

/// An input of the job, with what its owner says.
#[derive(Debug, Clone)]
pub(crate) struct Input {
    pub(crate) owner: NodeId,
    /// The data set, or the view of one.
    pub(crate) dataset: Text<64>,
    pub(crate) description: Description,
}

/// Puts the terms together.
pub(crate) fn agreement(
    job: &Job,
    inputs: &[Input],
    parties: [Seat; 3],
    receiver: NodeId,
    session: SessionId,
) -> Outcome<Agreement> {
    let names = columns(job, inputs)?;
    let owners = job.inputs.iter().zip(inputs).zip(&names).map(|((listed, input), names)| {
        let columns = names.iter().map(|name| described(listed.name.as_str(), input, name));
        let columns = columns.collect::<Outcome<Vec<ColumnTerms>>>()?;
        Ok(Terms {
            id: input.owner,
            dataset: input.dataset.clone(),
            rows: input.description.rows,
            columns: List::new(columns).map_err(too_long)?,
        })
    });
    let owners = owners.collect::<Outcome<Vec<Terms>>>()?;
    let statistics = job.statistics.iter().map(|wanted| {
        let at = |index: usize| place(&wanted.of[index], &names);
        Ok(match wanted.statistic {
            Statistic::Sum => Wanted::Sum(at(0)?),
            Statistic::Mean => Wanted::Mean(at(0)?),
            Statistic::Variance => Wanted::Variance(at(0)?),
            Statistic::Covariance => Wanted::Covariance(at(0)?, at(1)?),
        })
    });
    Ok(Agreement {
        session,
        parties,
        owners: List::new(owners).map_err(too_long)?,
        receiver,
        layout: match job.layout {
            // What was matched before is aligned by now.
            Written::Aligned | Written::Matched => Layout::Aligned,
            Written::Pooled => Layout::Pooled,
        },
        statistics: List::new(statistics.collect::<Outcome<Vec<_>>>()?).map_err(too_long)?,
        within: job.deadline,
    })
}

/// The columns that each input contributes: those that statistics name, each once, in their order.
fn columns(job: &Job, inputs: &[Input]) -> Outcome<Vec<Vec<String>>> {
    let mut names: Vec<Vec<String>> = vec![Vec::new(); inputs.len()];
    for ColumnOf { input, column } in job.statistics.iter().flat_map(|wanted| &wanted.of) {
        let concerned = match input {
            Some(index) => *index..*index + 1,
            None => 0..inputs.len(),
        };
        for names in &mut names[concerned] {
            if !names.contains(column) {
                names.push(column.clone());
            }
        }
    }
    match names.iter().position(Vec::is_empty) {
        None => Ok(names),
        Some(unused) => {
            let name = &job.inputs[unused].name;
            let text = "no statistic is of this input; remove it or name a column of it";
            Err(Failure::about(ExitCode::BadFile, format!("input.{name}"), text))
        }
    }
}

fn described(name: &str, input: &Input, column: &str) -> Outcome<ColumnTerms> {
    let columns = &input.description.columns;
    let found = columns.iter().find(|terms| *terms.name == *column).cloned();
    found.ok_or_else(|| {
        let known: Vec<&str> = columns.iter().map(|terms| &*terms.name).collect();
        let text = format!("has no column \"{column}\"; it has {}", known.join(", "));
        Failure::about(ExitCode::BadFile, format!("input.{name}"), text)
    })
}

fn place(of: &ColumnOf, names: &[Vec<String>]) -> Outcome<At> {
    let owner = of.input.unwrap_or(0);
    let column = names[owner].iter().position(|name| *name == of.column);
    let column = column.expect("every named column was gathered");
    match (u8::try_from(owner), u8::try_from(column)) {
        (Ok(owner), Ok(column)) => Ok(At { owner, column }),
        _ => Err(Failure::new(ExitCode::BadFile, "the job has too many inputs or columns")),
    }
}

pub(super) fn too_long(error: troupe_wire::Error) -> Failure {
    Failure::new(ExitCode::BadFile, format!("the job is too large: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use troupe_types::Hash;

    fn input(owner: u8, columns: &[&str]) -> Input {
        let columns = columns
            .iter()
            .map(|name| ColumnTerms { name: Text::new(*name).unwrap(), magnitude: 5 })
            .collect();
        let columns = List::new(columns).unwrap();
        let description = Description { rows: 50, columns, content: Hash::default() };
        let dataset = Text::new("d").unwrap();
        Input { owner: NodeId([owner; 32]), dataset, description }
    }

    fn made(text: &str, inputs: &[Input]) -> Outcome<Agreement> {
        let seat = |id| Seat { id: NodeId([id; 32]), address: Text::new("h:1").unwrap() };
        let job = Job::load(text).unwrap();
        let parties = [seat(10), seat(11), seat(12)];
        agreement(&job, inputs, parties, NodeId([20; 32]), SessionId([7; 16]))
    }

    const ALIGNED: &str = include_str!("../../../examples/jobs/joint_statistics.toml");

    #[test]
    fn the_shipped_job_becomes_an_agreement_with_a_program() {
        let inputs = [
            input(1, &["area_mean", "radius_mean"]),
            input(2, &["concavity_mean", "malignant", "compactness_mean"]),
        ];
        let agreement = made(ALIGNED, &inputs).unwrap();
        let names = |owner: usize| -> Vec<String> {
            agreement.owners[owner].columns.iter().map(|terms| terms.name.to_string()).collect()
        };
        assert_eq!(names(0), ["radius_mean", "area_mean"]);
        assert_eq!(names(1), ["malignant", "concavity_mean"]);
        let at = |owner, column| At { owner, column };
        assert_eq!(agreement.statistics[6], Wanted::Covariance(at(0, 0), at(1, 0)));
        assert!(agreement.program().is_ok());
    }

    #[test]
    fn a_column_that_is_not_there_is_named_with_those_that_are() {
        let inputs = [input(1, &["area_mean"]), input(2, &["concavity_mean", "malignant"])];
        let error = made(ALIGNED, &inputs).unwrap_err().to_string();
        assert_eq!(error, "input.clinic: has no column \"radius_mean\"; it has area_mean");
    }

    #[test]
    fn an_input_that_no_statistic_uses_is_refused() {
        let text = "name = \"x\"\n[[input]]\nname = \"a\"\nowner = \"o\"\ndataset = \"d\"\n\
                    [[input]]\nname = \"b\"\nowner = \"p\"\ndataset = \"d\"\n\
                    [[statistic]]\ncompute = \"sum\"\nof = [\"a.x\"]\n";
        let error = made(text, &[input(1, &["x"]), input(2, &["x"])]).unwrap_err().to_string();
        assert!(error.starts_with("input.b: no statistic is of this input"), "{error}");
    }
}
