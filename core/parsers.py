"""Reading what the API is sent."""

from __future__ import annotations

import json
from typing import Any

from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser


class JSONBody(JSONParser):
    """JSON; what is nested without end, or holds half a character, is malformed, not a failure."""

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        """Raises ParseError."""
        try:
            found = super().parse(stream, media_type, parser_context)
            # Half of a surrogate pair is no text: no database keeps it, no answer can repeat it.
            json.dumps(found, ensure_ascii=False).encode()
        except RecursionError as error:
            raise ParseError("JSON nested too deeply") from error
        except UnicodeEncodeError as error:
            raise ParseError("JSON with half a character") from error
        return found
