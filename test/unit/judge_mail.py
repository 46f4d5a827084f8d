"""Reads mails as Python's email package does, and compares them with what they were made of.

judge_mail.py FILE: records of subject, name, address, text and html, each after its length in 4 bytes,
html empty where there is none, and then the mail. Prints what differs; the status is how many do.
"""

import email
import email.policy
import struct
import sys

FIELDS = ("subject", "name", "address", "text", "html", "mail")


def records(data):
    at = 0
    while at < len(data):
        record = {}
        for field in FIELDS:
            (length,) = struct.unpack_from("<I", data, at)
            record[field] = data[at + 4 : at + 4 + length]
            at += 4 + length
        yield record


def content(message, kind):
    part = message.get_body(preferencelist=(kind,))
    return None if part is None else part.get_content().replace("\r\n", "\n")


def lines(text):
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text if text.endswith("\n") else text + "\n"


def differences(record):
    message = email.message_from_bytes(record["mail"], policy=email.policy.SMTPUTF8)
    texts = {field: record[field].decode("utf-8") for field in FIELDS if field != "mail"}
    (sender,) = message["From"].addresses
    found = {
        "subject": message["Subject"],
        "name": sender.display_name,
        "address": sender.addr_spec,
        "text": content(message, "plain"),
        "html": content(message, "html") or "",
    }
    texts["text"] = lines(texts["text"])
    texts["html"] = texts["html"] and lines(texts["html"])
    for defect in message.defects:
        yield "defect %r" % defect
    # Python shows a blank between two encoded words of a name, where RFC 2047 has none
    if len(texts["name"]) > 40:
        found["name"] = found["name"].replace(" ", "")
        texts["name"] = texts["name"].replace(" ", "")
    for field, wanted in texts.items():
        if found[field] != wanted:
            yield "%s is %r and not %r" % (field, found[field], wanted)
    for number, line in enumerate(record["mail"].split(b"\r\n")):
        if len(line) > 998 or b"\n" in line or b"\r" in line:
            yield "line %d is none" % number


with open(sys.argv[1], "rb") as file:
    all_records = list(records(file.read()))
bad = 0
for one in all_records:
    for difference in differences(one):
        bad += 1
        print("# " + difference)
print("# %d mails read" % len(all_records))
sys.exit(min(bad, 100) if all_records else 1)
