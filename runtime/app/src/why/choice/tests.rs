use super::*;

const YES: Meaning = Meaning::YesOrNo { border: 0.5, of_scores: false };

fn output<'a>(shape: &'a [usize], meaning: Meaning, head: Head, logits: &'a [f32]) -> Output<'a> {
    Output { shape, meaning, head, names: &[], logits }
}

#[test]
fn a_sample_is_explained_by_its_likeliest_class() {
    let logits = [1.0, 3.0, 2.0];
    let output = output(&[3], Meaning::Classes, Head::Softmax, &logits);
    let choice = output.choice(None, None);
    assert_eq!((&choice.factors[..], &*choice.name, choice.value), (&[0.0, 1.0, 0.0][..], "1", 3.0));
    assert!((choice.probability.unwrap() - 0.665_240_955).abs() < 1e-8);
    let names = ["a", "b", "c"].map(String::from);
    let named = Output { names: &names, ..output };
    let class = named.class("c").unwrap();
    assert_eq!(named.choice(Some(class), None).name, "c");
    assert_eq!(
        named.class("d").unwrap_err().to_string(),
        "`--class`: there is no class `d`; expected a, b, c"
    );
    assert!(named.class("3").is_err());
}

#[test]
fn a_no_is_explained_by_the_opposite() {
    let output = output(&[1], YES, Head::Sigmoid, &[-2.0]);
    let (no, yes) = (output.choice(None, None), output.choice(Some(1), None));
    assert_eq!((&no.factors[..], &*no.name, no.value), (&[-1.0][..], "no", 2.0));
    assert_eq!((&yes.factors[..], &*yes.name, yes.value), (&[1.0][..], "yes", -2.0));
    assert!((no.probability.unwrap() + yes.probability.unwrap() - 1.0).abs() < 1e-12);
}

#[test]
fn a_region_of_a_mask_is_explained_together() {
    // Two classes over 2 x 3 places: the second is likelier at places 1 and 5.
    let logits = [1.0, 0.0, 1.0, 1.0, 1.0, 0.0, 0.0, 2.0, 0.0, 0.0, 0.0, 4.0];
    let shape = [2, 2, 3];
    let output = output(&shape, Meaning::Classes, Head::Softmax, &logits);
    let choice = output.choice(None, None);
    assert_eq!((choice.value, choice.places, &*choice.name), (6.0, [2, 6], "1"));
    let corner = output.region("2,1").unwrap();
    assert_eq!(corner, [5]);
    assert_eq!(output.choice(None, Some(corner)).value, 4.0);
    assert_eq!(output.region("1,0,2,2").unwrap(), [1, 2, 4, 5]);
    assert_eq!(output.choice(Some(0), Some(vec![1, 2, 4, 5])).value, 2.0);
    for wrong in ["3,0", "0,2", "1", "0,0,4,1", "0,0,0,1", "a,b", "0,0,1", "-1,0"] {
        assert!(output.region(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn a_mask_of_one_channel_is_explained_where_it_says_yes() {
    let output = output(&[1, 2, 2], YES, Head::Sigmoid, &[-1.0, 2.0, 3.0, -4.0]);
    let choice = output.choice(None, None);
    assert_eq!((&choice.factors[..], choice.value), (&[0.0, 1.0, 1.0, 0.0][..], 5.0));
    let none = super::tests::output(&[1, 1, 2], YES, Head::Sigmoid, &[-1.0, -2.0]);
    assert_eq!(none.choice(None, None).value, -3.0);
}

#[test]
fn a_volume_is_explained_at_the_depth_of_its_places() {
    // One place of the first slice and two of the last say yes.
    let logits = [1.0, -1.0, -1.0, -1.0, -1.0, -1.0, 2.0, 3.0];
    let volume = output(&[1, 4, 1, 2], YES, Head::Sigmoid, &logits);
    assert_eq!(volume.choice(None, None).depth, Some(0.875));
    assert_eq!(volume.choice(None, Some(vec![2, 3])).depth, Some(0.375));
    assert_eq!(output(&[1, 2, 2], YES, Head::Sigmoid, &[1.0; 4]).choice(None, None).depth, None);
}

#[test]
fn numbers_are_explained_as_they_are() {
    let output = output(&[2], Meaning::Numbers, Head::None, &[0.5, 7.0]);
    assert_eq!(output.choice(None, None).value, 0.5);
    let second = output.choice(Some(1), None);
    assert_eq!((second.value, &*second.name, second.probability), (7.0, "output 1", None));
}
