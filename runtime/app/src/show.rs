//! Shows what layers make of a sample: the feature maps, and the filters of the first convolution.

use super::predict::{joint, read_each};
use super::why::results::Results;
use super::why::{origin, unscaled};
use super::{about, args, load};
use netwright::app::{Insight, Seen, Shown};
use netwright::storage::Parameters;
use netwright::train::{Error, Predict};
use serde_json::json;

pub(super) fn run<P: Shown>(options: &args::Inputs) -> Result<(), Error> {
    if joint::<P>().is_some() {
        let reason = "networks of one input and one output are shown".into();
        return Err(Error::Choice { option: "show", reason });
    }
    let (params, metadata) = load::<P>(&options.weights)?;
    let about = about::<P>(&metadata, &options.weights, &options.data_root)?;
    let maps = <P::Maps as Insight>::MAPS;
    let mut results = Results::default();
    results.fact("network", P::NAME);
    results.fact("layers", maps.iter().map(|(layer, _)| *layer).collect::<Vec<_>>());
    results.fact("filters", P::FILTERS);
    let tensors = params.tensors();
    if let Some(filters) = tensors.iter().find(|tensor| P::FILTERS == Some(tensor.name)) {
        results.array("filters".into(), filters.shape, filters.data);
    }
    drop(tensors);
    let len: usize = P::INPUT.iter().product();
    let sizes: Vec<usize> = maps.iter().map(|(_, shape)| shape.iter().product()).collect();
    let mut insight = P::Maps::new(params);
    let mut outputs = vec![0.0; <P::Model as Predict>::OUTPUT];
    let mut numbers = vec![0.0; sizes.iter().sum()];
    read_each::<P>(options, &metadata, &about, |file, part| {
        for (at, input) in part.inputs().chunks_exact(len).enumerate() {
            let seen =
                Seen { outputs: &mut outputs, slopes: &mut [], maps: &mut numbers, map_slopes: &mut [] };
            insight.look(input, &[], seen);
            let name = results.len();
            results.array(format!("{name}/sample"), P::INPUT, &unscaled(input, &metadata.normalization));
            let mut rest = &numbers[..];
            for ((layer, shape), &size) in maps.iter().zip(&sizes) {
                let (map, others) = rest.split_at(size);
                results.array(format!("{name}/{layer}"), shape, map);
                rest = others;
            }
            let (file, place) = origin(file, part, at);
            results.add(json!({ "file": file.display().to_string(), "place": place }));
        }
        Ok(())
    })?;
    results.write(&options.output)
}
