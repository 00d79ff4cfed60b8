//! Keywords of attributes that group scans or label them.

use super::data_set::Tag;

/// Keywords with their numbers and types, in the order of the numbers.
const KEYWORDS: &[(&str, Tag, &[u8; 2])] = &[
    ("ImageType", 0x0008_0008, b"CS"),
    ("SOPClassUID", 0x0008_0016, b"UI"),
    ("SOPInstanceUID", 0x0008_0018, b"UI"),
    ("StudyDate", 0x0008_0020, b"DA"),
    ("SeriesDate", 0x0008_0021, b"DA"),
    ("AcquisitionDate", 0x0008_0022, b"DA"),
    ("StudyTime", 0x0008_0030, b"TM"),
    ("AccessionNumber", 0x0008_0050, b"SH"),
    ("Modality", 0x0008_0060, b"CS"),
    ("ConversionType", 0x0008_0064, b"CS"),
    ("PresentationIntentType", 0x0008_0068, b"CS"),
    ("Manufacturer", 0x0008_0070, b"LO"),
    ("InstitutionName", 0x0008_0080, b"LO"),
    ("StationName", 0x0008_1010, b"SH"),
    ("StudyDescription", 0x0008_1030, b"LO"),
    ("SeriesDescription", 0x0008_103e, b"LO"),
    ("ManufacturerModelName", 0x0008_1090, b"LO"),
    ("PatientName", 0x0010_0010, b"PN"),
    ("PatientID", 0x0010_0020, b"LO"),
    ("IssuerOfPatientID", 0x0010_0021, b"LO"),
    ("PatientBirthDate", 0x0010_0030, b"DA"),
    ("PatientSex", 0x0010_0040, b"CS"),
    ("PatientAge", 0x0010_1010, b"AS"),
    ("PatientSize", 0x0010_1020, b"DS"),
    ("PatientWeight", 0x0010_1030, b"DS"),
    ("EthnicGroup", 0x0010_2160, b"SH"),
    ("PatientComments", 0x0010_4000, b"LT"),
    ("ClinicalTrialSubjectID", 0x0012_0040, b"LO"),
    ("PatientIdentityRemoved", 0x0012_0062, b"CS"),
    ("ContrastBolusAgent", 0x0018_0010, b"LO"),
    ("BodyPartExamined", 0x0018_0015, b"CS"),
    ("ScanningSequence", 0x0018_0020, b"CS"),
    ("SequenceVariant", 0x0018_0021, b"CS"),
    ("MRAcquisitionType", 0x0018_0023, b"CS"),
    ("SliceThickness", 0x0018_0050, b"DS"),
    ("KVP", 0x0018_0060, b"DS"),
    ("RepetitionTime", 0x0018_0080, b"DS"),
    ("EchoTime", 0x0018_0081, b"DS"),
    ("EchoNumbers", 0x0018_0086, b"IS"),
    ("MagneticFieldStrength", 0x0018_0087, b"DS"),
    ("SpacingBetweenSlices", 0x0018_0088, b"DS"),
    ("ProtocolName", 0x0018_1030, b"LO"),
    ("ImagerPixelSpacing", 0x0018_1164, b"DS"),
    ("ConvolutionKernel", 0x0018_1210, b"SH"),
    ("PatientPosition", 0x0018_5100, b"CS"),
    ("ViewPosition", 0x0018_5101, b"CS"),
    ("StudyInstanceUID", 0x0020_000d, b"UI"),
    ("SeriesInstanceUID", 0x0020_000e, b"UI"),
    ("StudyID", 0x0020_0010, b"SH"),
    ("SeriesNumber", 0x0020_0011, b"IS"),
    ("AcquisitionNumber", 0x0020_0012, b"IS"),
    ("InstanceNumber", 0x0020_0013, b"IS"),
    ("PatientOrientation", 0x0020_0020, b"CS"),
    ("ImagePositionPatient", 0x0020_0032, b"DS"),
    ("ImageOrientationPatient", 0x0020_0037, b"DS"),
    ("FrameOfReferenceUID", 0x0020_0052, b"UI"),
    ("Laterality", 0x0020_0060, b"CS"),
    ("ImageLaterality", 0x0020_0062, b"CS"),
    ("TemporalPositionIdentifier", 0x0020_0100, b"IS"),
    ("SliceLocation", 0x0020_1041, b"DS"),
    ("ImageComments", 0x0020_4000, b"LT"),
    ("SamplesPerPixel", 0x0028_0002, b"US"),
    ("PhotometricInterpretation", 0x0028_0004, b"CS"),
    ("NumberOfFrames", 0x0028_0008, b"IS"),
    ("Rows", 0x0028_0010, b"US"),
    ("Columns", 0x0028_0011, b"US"),
    ("PixelSpacing", 0x0028_0030, b"DS"),
    ("BitsAllocated", 0x0028_0100, b"US"),
    ("BitsStored", 0x0028_0101, b"US"),
    ("PixelRepresentation", 0x0028_0103, b"US"),
    ("BurnedInAnnotation", 0x0028_0301, b"CS"),
    ("WindowCenter", 0x0028_1050, b"DS"),
    ("WindowWidth", 0x0028_1051, b"DS"),
    ("RescaleIntercept", 0x0028_1052, b"DS"),
    ("RescaleSlope", 0x0028_1053, b"DS"),
    ("RescaleType", 0x0028_1054, b"LO"),
    ("ModalityLUTSequence", 0x0028_3000, b"SQ"),
    ("LUTDescriptor", 0x0028_3002, b"US"),
    ("LUTData", 0x0028_3006, b"OW"),
    ("VOILUTSequence", 0x0028_3010, b"SQ"),
];

/// Finds the number and the type of a keyword; of a number itself, written as eight hexadecimal digits.
pub(super) fn find(keyword: &str) -> Option<(Tag, [u8; 2])> {
    if let Some(&(_, tag, vr)) = KEYWORDS.iter().find(|(name, ..)| *name == keyword) {
        return Some((tag, *vr));
    }
    let digits: String = keyword.chars().filter(|c| !matches!(c, ',' | '(' | ')' | ' ')).collect();
    let tag = (digits.len() == 8).then(|| Tag::from_str_radix(&digits, 16).ok())??;
    Some((tag, KEYWORDS.iter().find(|(_, known, _)| *known == tag).map_or(*b"LO", |(.., vr)| **vr)))
}

/// Returns the keyword of a number, or the number itself.
pub(super) fn name(tag: Tag) -> String {
    let number = || format!("({:04X},{:04X})", tag >> 16, tag & 0xffff);
    KEYWORDS.iter().find(|(_, known, _)| *known == tag).map_or_else(number, |(name, ..)| (*name).into())
}
