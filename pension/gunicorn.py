"""How gunicorn serves this project, on one machine and in a container."""

import os

bind = f"{os.environ.get('HOST', '127.0.0.1')}:{os.environ.get('PORT', '8000')}"
worker_class = "gthread"
workers = int(os.environ.get("WEB_WORKERS", "2"))
threads = int(os.environ.get("WEB_THREADS", "4"))
timeout = 120
graceful_timeout = 5
# Loaded once before the fork: half the start-up time and half the memory.
preload_app = True
# It would be a socket in the home folder, shared by every site of this user.
control_socket_disable = True
