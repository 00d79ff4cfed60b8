"""Writes the scans of this folder, and golden.txt: their intensities as pydicom's lookup tables give them.

Run it in this folder with pydicom and NumPy installed. Each line of golden.txt has a file, the largest number that an entry of its
last table holds, and the numbers that `apply_voi_lut(apply_modality_lut(...))` gives.
"""

import numpy as np
from pydicom import dcmread
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.pixels import apply_modality_lut, apply_voi_lut
from pydicom.sequence import Sequence
from pydicom.uid import ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian

lines = []


def table(first, bits, numbers, signed=False):
    item = Dataset()
    item.add_new(0x00283002, "SS" if signed else "US", [len(numbers), first, bits])
    item.add_new(0x00283006, "OW" if bits == 16 else "US", np.array(numbers, "<u2").tobytes() if bits == 16 else numbers)
    return Sequence([item])


def scan(name, pixels, most, syntax=ExplicitVRLittleEndian, stored=16, **attributes):
    signed = any(pixel < 0 for pixel in pixels)
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = syntax
    meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.2"
    meta.MediaStorageSOPInstanceUID = "1.2.3.4"
    ds = FileDataset(name, {}, file_meta=meta, preamble=b"\0" * 128)
    ds.PhotometricInterpretation = "MONOCHROME2"
    ds.SamplesPerPixel = 1
    ds.Rows, ds.Columns = 1, len(pixels)
    ds.BitsAllocated, ds.BitsStored, ds.HighBit = 16, stored, stored - 1
    ds.PixelRepresentation = int(signed)
    big = syntax == ExplicitVRBigEndian
    ds.PixelData = np.array(pixels, (">" if big else "<") + ("i2" if signed else "u2")).tobytes()
    for key, value in attributes.items():
        setattr(ds, key, value)
    ds.save_as(name, enforce_file_format=True)
    read = dcmread(name)
    found = apply_voi_lut(apply_modality_lut(read.pixel_array, read), read)
    lines.append(" ".join([name, str(most)] + [str(int(number)) for number in found.ravel()]))


squares = [3 * i * i for i in range(20)]
voi = dict(VOILUTSequence=table(0, 12, [min(4095, 220 * i) for i in range(20)]))
scan("voi.dcm", [0, 1, 7, 19, 20, 4000], 4095, **voi)
# A table comes before a window.
scan("voi_and_window.dcm", [0, 1, 7, 19, 20, 4000], 4095, WindowCenter=5, WindowWidth=10, **voi)
scan("voi_16.dcm", [0, 9, 10, 12, 14, 30], 65535, VOILUTSequence=table(10, 16, [0, 300, 40000, 65535]))
# Intensities have a sign after the intercept.
scan(
    "voi_after_slope.dcm", [0, 1019, 1024, 1030, 2000], 1023,
    RescaleSlope=1, RescaleIntercept=-1024, VOILUTSequence=table(-5, 10, [0, 10, 200, 300, 500, 900, 1023], signed=True),
)
scan(
    "voi_signed.dcm", [-300, -2, -1, 0, 2, 300], 1023,
    VOILUTSequence=table(-2, 10, [0, 10, 200, 300, 1023], signed=True),
)
scan("voi_fraction.dcm", [0, 1, 2, 3, 9], 1023, RescaleSlope=0.75, RescaleIntercept=0.5, VOILUTSequence=table(0, 10, [0, 100, 300, 1023]))
both = dict(ModalityLUTSequence=table(2, 16, squares), VOILUTSequence=table(27, 10, [17 * i for i in range(60)]))
both["ModalityLUTSequence"][0].ModalityLUTType = "US"
scan("modality_and_voi.dcm", [0, 2, 3, 5, 12, 21, 99], 1023, **both)
scan("implicit.dcm", [0, 2, 3, 5, 12, 21, 99], 1023, syntax=ImplicitVRLittleEndian, **both)
scan(
    "implicit_signed.dcm", [-300, -2, -1, 0, 2, 300], 1023, syntax=ImplicitVRLittleEndian,
    VOILUTSequence=table(-2, 10, [0, 10, 200, 300, 1023], signed=True),
)

with open("golden.txt", "w") as file:
    file.write("\n".join(lines) + "\n")
