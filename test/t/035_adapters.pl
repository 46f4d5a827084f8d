# A service by rows alone (S2.17): a kind of action, its requests and what answers mean are inserted by a test,
# and carried out by the real network loop: one request after the other, repeats, look-ups, polls, limits,
# sessions, and the end of a dispatcher in between.
# Runs beside others.
use strict;
use warnings;

use lib 'test/perl';
use CampaignAdapter;
use CampaignRun;
use CampaignTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_node('campaign.safety_poll' => '1h');
$node->safe_psql('postgres', 'CREATE EXTENSION campaign');
my $gateway = start_gateway('letters');

$node->safe_psql('postgres', <<'SQL');
INSERT INTO campaign.action_kind (name, channel_class, intention, options)
	VALUES ('letter', 'post', 'send a letter', '{"contents": {"body": "required"}, "reaches": true}');
INSERT INTO campaign.adapter (name, action_kind, position, needed, method, path, headers, body, format, takes) VALUES
	('letters', 'letter', 1, '!exists($.kept.reader)', 'GET', '/readers?name={{external_id}}', '{"Authorization": "Bearer {{secret}}"}', NULL, 'json',
		'{"kept.reader": "$.body.readers[0].id", "result.rank": "$.body.readers[0].rank"}'),
	('letters', 'letter', 2, NULL, 'POST', '/letters', '{"Authorization": "Bearer {{secret}}"}',
		'{"to": "{{kept.reader}}", "text": "{{content.body}}", "rank?": "{{result.rank}}", "colour?": "{{run.colour}}", "all": "{{content}}", "pages": [1, "{{first_name}}"]}', 'json',
		'{"result.request_id": "$.body.id"}'),
	('letters', 'letter', 3, '$.content.body starts with "Dear"', 'PATCH', '/readers/{{kept.reader}}', '{"Authorization": "Bearer {{secret}}"}',
		'{"said": "{{content.body}}", "by?": "{{sender.nobody}}"}', 'form', '{}');
INSERT INTO campaign.adapter (name, action_kind, position, role, method, path, headers, every, takes) VALUES
	('letters', 'letter', 2, 'lookup', 'GET', '/letters?to={{kept.reader}}', '{"Authorization": "Bearer {{secret}}"}', NULL, '{}'),
	('letters', 'letter', 2, 'poll', 'GET', '/letters/{{result.request_id}}', '{"Authorization": "Bearer {{secret}}"}', '1 second',
		'{"prospect.professional_email": "$.body.email", "prospect.place": "$.body.place", "fact.place": "$.body.place"}');
INSERT INTO campaign.adapter_answer (name, role, rank, condition, meaning, code, wait, fact) VALUES
	('letters', '*', 1, '$.body.error == "moved away"', 'refused', 'moved_away', NULL, NULL),
	('letters', '*', 2, '$.body.error == "paper is out"', 'defer', NULL, '1 second', NULL),
	('letters', '*', 3, '$.body.error == "logged out"', 'disconnected', NULL, NULL, NULL),
	('letters', 'lookup', 4, 'exists($.body.letters[*] ? (@.text == $content.body))', 'accepted', NULL, NULL, NULL),
	('letters', 'lookup', 5, '$.status == 200', 'absent', NULL, NULL, NULL),
	('letters', 'poll', 6, '$.body.state == "posted"', 'accepted', NULL, NULL, 'email_found'),
	('letters', 'poll', 7, '$.body.state == "lost"', 'refused', 'lost', NULL, NULL);
SQL

sub letter
{
	my ($people, %more) = @_;
	return gateway_campaign($node, adapter => 'letters', url => $gateway->url('/'), token => 'stamp-4411', people => $people,
		steps => '[{"action": "letter", "payload": {"body": "Hello {{first_name}}"}}]', %more);
}

sub end_is
{
	my ($campaign, $name, $end, $what) = @_;
	ok(wait_until(sub { ends_of($node, $campaign)->{$name} eq $end }, 20), $what) or diag(ends_of($node, $campaign)->{$name});
}

sub about
{
	my ($name) = @_;
	return grep { ($_->{query}{name} // '') eq $name || ($_->{body}{to} // $_->{query}{to} // '') eq "r_$name" || $_->{path} =~ /r_\Q$name\E$/ } $gateway->requests;
}

# ---- One after the other ------------------------------------------------------------------------------------------

my $twice = letter(['ada b/c'], steps => '[{"action": "letter", "payload": {"body": "Dear {{first_name}} & co"}}, {"action": "letter", "payload": {"body": "Again"}}]');
end_is($twice, 'ada b/c', 'success', 'a service that was made by INSERT alone does what it is to do (S2.17)');
my @requests = about('ada b/c');
is(join(' ', map { "$_->{method} $_->{path}" } @requests), 'GET /readers POST /letters PATCH /readers/r_ada b/c POST /letters',
	'in order; what was kept is not asked for again, and what is not needed is left out');
is_deeply($requests[1]{body}, { to => 'r_ada b/c', text => 'Dear Jane & co', rank => 7, all => { body => 'Dear Jane & co' }, pages => [ 1, 'Jane' ] },
	'the body has texts, numbers and objects as they are, and no member without a value');
is($requests[2]{raw}, 'said=Dear%20Jane%20%26%20co', 'a form is encoded');
is($requests[1]{key} . '-3', $requests[2]{key} =~ s/-3$//r . '-2-3', 'each request has a key of its own');
isnt($requests[1]{key}, $requests[3]{key}, 'and each action');
is(scalar(grep { defined $_->{key} } $requests[0]), 0, 'and a question none');
is($node->safe_psql('postgres', "SELECT count(*) FROM campaign.exchange WHERE request::text LIKE '%stamp-4411%'"), '0', 'no secret is stored');

# what a row puts behind an address that ends with its host does not lengthen the host
$node->safe_psql('postgres', q(INSERT INTO campaign.adapter (name, action_kind, method, path, body, format) VALUES ('bare', 'letter', 'POST', '.elsewhere.example/letters', '{}', 'json')));
gateway_campaign($node, adapter => 'bare', url => $gateway->url('/') =~ s{/$}{}r, token => 'stamp-4411', people => ['bare'], steps => '[{"action": "letter", "payload": {"body": "Hello"}}]');
ok(wait_until(sub { grep { $_->{path} eq '/.elsewhere.example/letters' } $gateway->requests }, 20), 'a path without its slash gets one: the host stays the one of the channel');

# ---- What answers mean ------------------------------------------------------------------------------------------------

my $lost = letter(['nobody']);
end_is($lost, 'nobody', 'held missing_variable', 'what an answer should have brought and did not holds the action');
is(scalar(about('r_nobody')), 0, 'and nothing more leaves');
my $moved = letter(['joe--moved']);
end_is($moved, 'joe--moved', 'error moved_away', 'a refusal ends the run by its code');
my $paper = letter([ 'joe--paper', map { "after$_" } 1 .. 5 ], options => { places => 1 });
ok(poll_until($node, "SELECT max(l.closed_until) > now() FROM campaign.lane l JOIN campaign.action a ON a.lane_id = l.id WHERE a.campaign_id = $paper", 't', 20), 'a limit closes the lane');
ok(poll_until($node, "SELECT count(*) FROM campaign.enrollment WHERE campaign_id = $paper AND end_kind = 'success'", '6', 20), 'for its time, and then all go on');
my $out = letter(['joe--logged_out']);
ok(poll_until($node, "SELECT s.session_state FROM campaign.account s JOIN campaign.campaign_account c ON c.account_id = s.id WHERE c.campaign_id = $out", 'disconnected', 20),
	'a session that has ended is disconnected (S1.25)');
is($node->safe_psql('postgres', "SELECT health, health_details->0->>'code' FROM campaign.overview WHERE campaign_id = $out"), 'errors|session_disconnected', 'and an error of the campaign');
$gateway->control(in => 1);
$node->safe_psql('postgres', "UPDATE campaign.account SET session_state = 'connected' WHERE session_state = 'disconnected'");
end_is($out, 'joe--logged_out', 'success', 'connected again it goes on by itself');
is($node->safe_psql('postgres', "SELECT count(*) FROM campaign.overview o, jsonb_array_elements(o.health_details) e WHERE o.campaign_id = $out AND e->>'code' = 'session_disconnected'"), '0', 'and is well');

# a limit of an hour, in which somebody opts out
$node->safe_psql('postgres', "UPDATE campaign.adapter_answer SET wait = '1 hour' WHERE name = 'letters' AND rank = 2");
my $gone = letter(['gone--paper']);
ok(poll_until($node, "SELECT count(*) FROM campaign.lane l JOIN campaign.action a ON a.lane_id = l.id WHERE a.campaign_id = $gone AND l.closed_until > now()", '1', 20), 'one waits between his first request and his second');
is($node->safe_psql('postgres', "SELECT status FROM campaign.prospect_status WHERE campaign_id = $gone"), 'deferred', 'he is deferred (S2.24)');
is($node->safe_psql('postgres', "SELECT e.next_change_at > now() + interval '50 minutes' FROM campaign.explain($gone, (SELECT prospect_id FROM campaign.prospect_status WHERE campaign_id = $gone)) e WHERE e.reason = 'limit_reached'"), 't', 'and told why, and until when (B5)');
$node->safe_psql('postgres', "SELECT campaign.record_event('unsubscribed', campaign.prospect_id('gone--paper', source => (SELECT max(source) FROM campaign.prospect WHERE external_id = 'gone--paper')))");
end_is($gone, 'gone--paper', 'removed unsubscribed', 'who opts out there leaves');
is(scalar(grep { $_->{method} eq 'POST' } about('gone--paper')), 1, 'and is not written to');

# ---- When nobody knows -----------------------------------------------------------------------------------------------------

my $cut = letter([ 'joe--cut', 'joe--drop' ]);
end_is($cut, 'joe--cut', 'success', 'what was cut off is looked for');
end_is($cut, 'joe--drop', 'success', 'and sent again where it is not there');
is($gateway->effects('joe--cut') . ', ' . $gateway->effects('joe--drop'), 'letter, letter', 'so each is posted once');
is(join(' ', map { $_->{method} } about('joe--drop')), 'GET POST GET POST', 'by asking before it repeats');
my @dropped = grep { $_->{method} eq 'POST' } about('joe--drop');
is($dropped[0]{raw} . $dropped[0]{key}, $dropped[1]{raw} . $dropped[1]{key}, 'the same bytes under the same key');

for my $name ('joe--hang', 'joe--once')
{
	my $hung = letter([$name]);
	ok(wait_until(sub { grep { $_->{method} eq 'POST' } about($name) }, 20), "$name: its second request is under way");
	my $pid = $node->safe_psql('postgres', "SELECT pid FROM campaign.worker_status WHERE kind = 'dispatcher'");
	kill 'KILL', $pid;
	ok(wait_until(sub { ($node->psql('postgres', "SELECT count(*) FROM campaign.worker_status WHERE kind = 'dispatcher' AND pid <> $pid"))[1] eq '1' }, 60), 'the dispatcher is killed, and another one comes');
	end_is($hung, $name, 'success', 'it goes on with the second request');
	is($gateway->effects($name), 'letter', 'and it was posted once');
	is(scalar(grep { $_->{path} eq '/readers' } about($name)), 1, 'the first is not made again');
}

# ---- Told later ----------------------------------------------------------------------------------------------------------------

my $told = letter([ 'joe--print', 'joe--lost' ], options => { pending_expires => '1 minute' });
end_is($told, 'joe--print', 'success', 'what is pending is asked for until the service tells');
end_is($told, 'joe--lost', 'error lost', 'or tells that it failed');
is($gateway->effects('joe--print'), 'letter', 'once');
is($node->safe_psql('postgres', "SELECT professional_email, attributes->>'place' FROM campaign.prospect WHERE external_id = 'joe--print'"), 'ada@lovelace.example|Oslo',
	'what it tells of a prospect is in his row');
is($node->safe_psql('postgres', "SELECT detail->>'place' FROM campaign.event WHERE kind = 'email_found' AND campaign_id = $told"), 'Oslo', 'and in the log, as the fact it is');

# upkeep is near
$node->append_conf('postgresql.conf', "campaign.safety_poll = 1");
$node->restart;
my $holder = $node->background_psql('postgres');
my $kept = letter(['kept--print'], options => { pending_expires => '1 minute' });
$holder->query_safe("BEGIN; UPDATE campaign.prospect SET company = 'mine' WHERE external_id = 'kept--print'");
end_is($kept, 'kept--print', 'success', 'somebody else who has the row locked keeps nobody waiting');
is($node->safe_psql('postgres', 'SELECT count(*) FROM campaign.learned'), '1', 'what was told is kept');
$holder->query_safe('COMMIT');
$holder->quit;
ok(poll_until($node, "SELECT professional_email, company FROM campaign.prospect WHERE external_id = 'kept--print'", 'ada@lovelace.example|mine', 60), 'and written when he has left');

$node->stop('fast');
unlike(slurp_file($node->logfile), qr/stamp-4411/, 'the secret is in no log');
unlike(slurp_file($node->logfile), qr/PANIC|TRAP|exited with exit code [^01]/, 'nothing crashed');
done_testing();
