#!/usr/bin/python3
"""A small HTTP server for what gateways report and for people who opt out.

    receiver.py [--port 8080] [--host 127.0.0.1]     connects as PGHOST, PGPORT, PGUSER, PGDATABASE say

    POST /ingest/PROVIDER      a report of a provider, as it came; it is verified by the database
    GET  /unsubscribe?t=TOKEN  a page with a button: programs that look at mails follow links, too
    POST /unsubscribe?t=TOKEN  opts out; of the button, and of mail programs (RFC 8058)

The role that it logs in as needs level callback, which may do these two things and nothing else. Put it behind a server that ends TLS. An
answer of 2xx says that what was reported has committed: whoever gets another one sends again, and a report that comes again does nothing.
"""
import argparse
import html
import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import psycopg2

MOST_BYTES = 4 * 1024 * 1024  # ingest() takes no more
SECONDS = 30  # that a client may take

PAGE = """<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{title}</title></head><body><main><h1>{title}</h1>{body}</main></body></html>"""
BUTTON = '<p>You will get no more of these mails.</p><form method="post"><button>Unsubscribe</button></form>'

own = threading.local()


def call(sql, *values):
    """What a statement gives, committed. A connection that has broken is made anew, once: both calls bear being made again."""
    for attempt in (1, 2):
        try:
            if getattr(own, 'connection', None) is None:
                own.connection = psycopg2.connect('')
            with own.connection, own.connection.cursor() as cursor:
                cursor.execute(sql, values)
                return cursor.fetchone()[0]
        except (psycopg2.OperationalError, psycopg2.InterfaceError):
            own.connection = None
            if attempt == 2:
                raise


class Handler(BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    timeout = SECONDS

    def answer(self, status, text, kind='text/plain'):
        body = text.encode()
        self.send_response(status)
        self.send_header('Content-Type', kind + '; charset=utf-8')
        self.send_header('Content-Length', str(len(body)))
        self.send_header('Cache-Control', 'no-store')
        self.end_headers()
        if self.command != 'HEAD':
            self.wfile.write(body)

    def page(self, status, title, body=''):
        self.answer(status, PAGE.format(title=html.escape(title), body=body), 'text/html')

    def body(self):
        """The bytes of the request; None after an answer that they cannot be taken."""
        length = self.headers.get('Content-Length', '')
        if not length.isdigit() or int(length) > MOST_BYTES:
            self.close_connection = True
            self.answer(411 if length == '' else 413, 'give a Content-Length of at most %d\n' % MOST_BYTES)
            return None
        return self.rfile.read(int(length))

    def token(self):
        return parse_qs(urlsplit(self.path).query).get('t', [''])[0]

    def do_GET(self):
        if urlsplit(self.path).path == '/unsubscribe':
            self.page(200, 'Unsubscribe', BUTTON)
        elif self.path == '/health':
            self.answer(200, 'ok\n')
        else:
            self.answer(404, 'not found\n')

    do_HEAD = do_GET

    def do_POST(self):
        body = self.body()
        if body is None:
            return
        path = urlsplit(self.path).path
        try:
            if path == '/unsubscribe':
                call('SELECT campaign.unsubscribe(%s)', self.token())
                self.page(200, 'You are unsubscribed')
            elif path.startswith('/ingest/') and path.count('/') == 2:
                headers = {}
                for key, value in self.headers.items():
                    headers.setdefault(key.lower(), value)
                n = call('SELECT campaign.ingest(%s, %s::jsonb, %s)', path[len('/ingest/'):], json.dumps(headers), psycopg2.Binary(body))
                self.answer(200, '%d new\n' % n)
            else:
                self.answer(404, 'not found\n')
        except psycopg2.Error as error:
            self.refuse(path, error)

    def refuse(self, path, error):
        # what will be no better next time is told so; for all else whoever asked comes again
        status = {'28000': 401, '22023': 400, '42704': 404}.get(error.pgcode, 503)
        print('%s: %s %s' % (path, error.pgcode, str(error).splitlines()[0] if str(error) else ''), file=sys.stderr, flush=True)
        if path == '/unsubscribe':
            self.page(status, 'This link is not valid' if status < 500 else 'Please try again in a moment')
        else:
            self.answer(status, 'refused\n' if status < 500 else 'try again\n')

    def log_message(self, *arguments):
        """Addresses have tokens in them, which are not for logs."""


class Server(ThreadingHTTPServer):
    daemon_threads = True


def main():
    options = argparse.ArgumentParser()
    options.add_argument('--port', type=int, default=8080)
    options.add_argument('--host', default='127.0.0.1')
    options = options.parse_args()
    server = Server((options.host, options.port), Handler)
    print('listening on port %d' % server.server_port, flush=True)
    server.serve_forever()


if __name__ == '__main__':
    main()
