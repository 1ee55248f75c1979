from adfw import NameOfAnotherDay

adfw_api = ">=2,<3"
