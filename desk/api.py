"""Token login."""

from __future__ import annotations

from django.contrib.auth import authenticate
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.authtoken.models import Token
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core.errors import PensionError
from core.models import User


class LoginRefused(PensionError):
    """Wrong name or password, or locked after too many tries."""

    code = "E-LOGIN"
    status = 401


class TokenInput(serializers.Serializer):
    username = serializers.CharField()
    password = serializers.CharField(trim_whitespace=False)


class TokenOutput(serializers.Serializer):
    token = serializers.CharField()


class TokenView(APIView):
    """Login of a person or a system: username and password against a token."""

    authentication_classes = ()
    permission_classes = (AllowAny,)

    @extend_schema(request=TokenInput, responses={200: TokenOutput}, tags=["token"], auth=[])
    def post(self, request: Request) -> Response:
        """Answer `{"token": …}`; five wrong tries lock the account for fifteen minutes."""
        given = TokenInput(data=request.data)
        given.is_valid(raise_exception=True)
        user = authenticate(request=request._request, **given.validated_data)
        if not isinstance(user, User):
            raise LoginRefused("账号或密码不对，或者账号已锁定。")
        return Response({"token": Token.objects.get_or_create(user=user)[0].key})
