"""The clerk's own sheet given back with every fault beside its cell."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from core.errors import InvalidInput
from core.files import read_file
from core.models import Import
from core.sheets.annotate import OWN_WORKBOOK_ROWS, CellRemark, Remarks, annotate_own_workbook, annotated_copy
from core.sheets.reader import open_workbook


def annotated_sheet(upload: Import, *, only_faulty: bool = False) -> tuple[bytes, str]:
    """Return the uploaded sheet with its faults as xlsx, and a name for it.

    An xlsx comes back as the clerk's own workbook; xls, CSV, very long sheets and the variant with the faulty rows
    only come back as a fresh one with the same cells. Raises InvalidInput once the file was deleted.
    """
    if upload.file is None:
        raise InvalidInput(_("上传的文件已经按期删除，请重新上传。"))
    content = read_file(upload.file)
    remarks = _remarks(upload)
    book = open_workbook(content)
    name = upload.file_name.rpartition(".")[0] or upload.file_name
    if book.kind == "xlsx" and not only_faulty and upload.row_count <= OWN_WORKBOOK_ROWS:
        annotated = annotate_own_workbook(content, upload.sheet_name, upload.header_row, remarks)
        return annotated, _("%(name)s_批注.xlsx") % {"name": name}
    header_rows = (int(upload.params.get("header_first_row", upload.header_row)), upload.header_row)
    copy = annotated_copy(book.load(upload.sheet_name), header_rows, remarks, only_faulty=only_faulty)
    suffix = _("有问题的行") if only_faulty else _("批注")
    return copy, f"{name}_{suffix}.xlsx"


def _remarks(upload: Import) -> Remarks:
    """Row number → what is to be written beside it, notes included."""
    rows = upload.rows.exclude(fault_group="").values_list("row_number", "faults")
    return {number: [_remark(fault, number) for fault in faults] for number, faults in rows}


def _remark(fault: dict[str, Any], number: int) -> CellRemark:
    letter = fault["cell"].removesuffix(str(number))
    return CellRemark(letter, fault["what"], fault["how"], fault["is_error"])
