"""How mail gets in and out of the store."""

from server_core.ingress.exporting import EXPORT_FORMATS, ExportProblem, export_mail
from server_core.ingress.importers.importer import ImportProblem, Skipped
from server_core.ingress.importing import IMPORT_FORMATS, ImportReport, import_mail
from server_core.ingress.progress import Progress

__all__ = [
    "EXPORT_FORMATS",
    "IMPORT_FORMATS",
    "ExportProblem",
    "ImportProblem",
    "ImportReport",
    "Progress",
    "Skipped",
    "export_mail",
    "import_mail",
]
