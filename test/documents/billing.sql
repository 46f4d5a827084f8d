-- What a company that writes invoices has, and who writes for it: member 1 with account 1 on the built-in channel.
\i test/documents/virtual.sql
CREATE SCHEMA billing;
CREATE TABLE billing.customer (id integer PRIMARY KEY, name text NOT NULL, email text NOT NULL);
CREATE TABLE billing.invoice (number text PRIMARY KEY, customer_id integer NOT NULL REFERENCES billing.customer, amount numeric NOT NULL,
    due_on date NOT NULL, status text NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'disputed', 'paid', 'written_off')));
CREATE TABLE billing.arrangement (invoice text PRIMARY KEY REFERENCES billing.invoice, status text NOT NULL CHECK (status IN ('active', 'kept', 'failed')));
INSERT INTO billing.customer VALUES (1, 'Ada Lovelace', 'ada@example.com'), (2, 'Grace Hopper', 'grace@example.com'), (3, 'Alan Turing', 'alan@example.com');
INSERT INTO billing.invoice (number, customer_id, amount, due_on) VALUES ('2026-001', 1, 120, '2026-03-01'), ('2026-002', 1, 80, '2026-03-01'),
    ('2026-003', 2, 300, '2026-02-28'), ('2026-004', 3, 55.50, '2026-02-20'), ('2026-005', 3, 9, '2026-02-20');
INSERT INTO campaign.channel (id, name, transport) VALUES (2, 'mail', 'outbox');
INSERT INTO campaign.member (id, name) VALUES (1, 'Accounts receivable');
INSERT INTO campaign.account (id, member_id, channel_id, address) VALUES (1, 1, 2, 'billing@example.com');
