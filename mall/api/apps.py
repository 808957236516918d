from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "mall.api"
    label = "api"
    verbose_name = "接口"
