# A conversation as its recipients get it: another mail program reads from what was delivered what was meant (S2.12,
# S2.13), a follow-up answers the mail before it, and the link of a mail opts out whom it went to (B13).
# Runs beside others.
use strict;
use warnings;
use utf8;

use lib 'test/perl';
use CampaignMail;
use CampaignTest;
use Encode qw(encode_utf8);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

eval { require JSON::PP; 1 } or plan skip_all => 'no JSON::PP';
system('python3 -c "import aiosmtpd" 2>/dev/null') == 0 or plan skip_all => 'no aiosmtpd';

my $authority = make_authority() or plan skip_all => 'no openssl';
my $node = new_node('campaign.ca_file' => $authority->{ca}, 'campaign.safety_poll' => '1s');
my $smtpd = start_smtpd($authority, '--whole');
$node->safe_psql('postgres', encode_utf8(<<"SQL"));
CREATE EXTENSION campaign;
INSERT INTO campaign.channel (id, name, transport, url, options) VALUES (901, 'mail', 'smtp', 'smtp://localhost:$smtpd->{port}',
	'{"allow_private": true, "unsubscribe_url": "https://example.org/u/{token}", "unsubscribe_mailto": "out\@example.org",
	"footer": "{{sender.name}}\\nOpt out: {{unsubscribe_url}}"}');
INSERT INTO campaign.member (id, name) VALUES (901, 'Anna');
INSERT INTO campaign.account (id, member_id, channel_id, address, display_name, reply_to)
	VALUES (901, 901, 901, 'anna\@example.org', 'Anna Ärmel, "Sales"', 'answers\@example.org');
INSERT INTO campaign.prospect (id, external_id, email, professional_email, first_name, last_name, company) VALUES
	(901, 'ada', 'private\@example.com', 'ada\@work.example', 'Ada', 'Lovelace', '<script>alert(1)</script> & Söhne'),
	(902, 'out', 'out\@example.com', NULL, 'Otto', NULL, E'Firm\\r\\nBcc: everybody\@example.com'),
	(903, 'non_ascii', 'jörg\@bücher.example', NULL, 'Jörg', NULL, '東京');
SELECT campaign.create_sequence('walk', '[{"only_if": "has_email"},
	{"email": {"subject": "News for {{company}}", "body": "Dear {{first_name}},\\n.\\nFrom here on: {{company}}.", "html": "<html><body><p>Dear {{first_name}} of {{company}}</p></body></html>"}},
	{"wait": {"until": "clicked", "within": "30 days", "else": "end"}},
	{"email": {"body": "And now?"}}]');
SELECT campaign.launch(campaign.create_campaign('walk', 'walk', 901, '{901}'));
SELECT count(*) FROM campaign.enroll(campaign.campaign_id('walk'), '{901,902,903}');
SQL

# accepted($n): the mails by recipient and number, when so many were accepted
sub accepted
{
	my ($n) = @_;
	my @mails;
	wait_until(sub { @mails = grep { $_->{what} eq 'accepted' } $smtpd->events; @mails >= $n }, 30) or diag("$n mails were not accepted: " . $node->safe_psql('postgres', 'SELECT state, reason, outcome FROM campaign.action'));
	my %by;
	push @{ $by{ $_->{to} } }, $_ for @mails;
	return \%by;
}

my $mails = accepted(3);
is_deeply([ sort keys %$mails ], [ 'ada@work.example', "j\x{f6}rg\@b\x{fc}cher.example", 'out@example.com' ],
	'each got one, at the professional address where there is one (S2.13), in any script');
my ($ada) = @{ $mails->{'ada@work.example'} };
is($ada->{subject}, 'News for <script>alert(1)</script> & Söhne', 'the subject is read as it was meant');
is($ada->{from}, 'Anna Ärmel, "Sales" <anna@example.org>', 'and so are a name with a comma,');
is($ada->{recipient}, 'Ada Lovelace <ada@work.example>', 'whom it goes to');
is($ada->{reply_to}, 'answers@example.org', 'and where answers go');
my ($token) = $ada->{unsubscribe} =~ m{^<https://example\.org/u/([-_A-Za-z0-9]{54})>, <mailto:out\@example\.org>$};
ok($token, 'one can opt out by it');
is($ada->{unsubscribe_post}, 'List-Unsubscribe=One-Click', 'with one click (RFC 8058)');
is($ada->{text}, "Dear Ada,\n.\nFrom here on: <script>alert(1)</script> & Söhne.\n\nAnna Ärmel, \"Sales\"\nOpt out: https://example.org/u/$token\n",
	'the text is as it was written, dots and all');
like($ada->{html}, qr{<p>Dear Ada of &lt;script&gt;alert\(1\)&lt;/script&gt; &amp; Söhne</p>\n<p>Anna Ärmel, &quot;Sales&quot;<br>\nOpt out: https://example\.org/u/\Q$token\E</p>\n</body>},
	'in HTML values stay text, and the footer stands at the end');
is_deeply($ada->{defects}, [], 'its reader has nothing to complain of');
my ($out) = @{ $mails->{'out@example.com'} };
is($out->{subject}, 'News for Firm Bcc: everybody@example.com', 'a line break in a value is none of the headers');
is_deeply([ grep { !/^(?:Date|From|Reply-To|To|Subject|Message-ID|List-Unsubscribe(?:-Post)?|MIME-Version|Content-Type)$/ } map { @{ $_->{names} } } map {@$_} values %$mails ],
	[], 'there is no header that nobody asked for');

# the click of one moves him on; the other one has opted out before his
($token) = $out->{unsubscribe} =~ m{/u/([-_A-Za-z0-9]+)>};
is($node->safe_psql('postgres', "SELECT campaign.unsubscribe('$token')"), 't', 'one opts out');
$node->safe_psql('postgres', "SELECT campaign.record_event('clicked', $_)") for 901, 902;
$mails = accepted(4);
my (undef, $second) = @{ $mails->{'ada@work.example'} };
is($second->{subject}, "Re: $ada->{subject}", 'a follow-up without a subject answers');
is($second->{in_reply_to}, $ada->{id}, 'the mail before it,');
is($second->{references}, $ada->{id}, 'in its thread');
isnt($second->{id}, $ada->{id}, 'under an id of its own');
ok(poll_until($node, "SELECT code FROM campaign.prospect_status WHERE external_id = 'out'", 'unsubscribed', 30), 'who opted out has left');
is(scalar(@{ $mails->{'out@example.com'} }), 1, 'and gets nothing more');
is($node->safe_psql('postgres', 'SELECT count(*) FROM campaign.letter'), '4', 'each is known by its id');

$node->stop('fast');
done_testing();
