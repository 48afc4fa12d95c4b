# Every target is one line around a script that needs only Python's standard library.
PYTHON ?= python3
ARGS ?=
.PHONY: help run reset test check fix shell

help: ## 列出全部命令 / list the commands
	@sed -n 's/^\([a-z]*\):.*## /make \1\t/p' Makefile

run: ## 启动演示系统 / start the demo with its worker; PORT=8123 make run for another port
	@exec $(PYTHON) scripts/run.py

reset: ## 演示数据恢复到初始状态 / return the demo to its beginning
	@exec $(PYTHON) scripts/run.py reset

test: ## 运行测试 / run the tests; ARGS="-k reward" for some of them
	@exec $(PYTHON) scripts/test.py $(ARGS)

check: ## 检查代码 / linters, types, import order, migrations
	@exec $(PYTHON) scripts/check.py

fix: ## 自动整理代码 / let the tools mend what they can
	@exec $(PYTHON) scripts/check.py fix

shell: ## Django 命令行 / a Django shell on the demo
	@exec $(PYTHON) scripts/shell.py
