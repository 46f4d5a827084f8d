# Every block of SQL in README.md and docs/ is run, and prints what the page shows; CampaignPage.pm says how pages are marked.
# A page that shows something else is left with its new output in build/test/tap, to be read and then kept.
# Runs beside others.
use strict;
use warnings;

use CampaignMail;
use CampaignMailbox;
use CampaignPage;
use CampaignTest;
use Encode qw(encode_utf8);
use PostgreSQL::Test::Utils;
use Test::More;

# Blocks that cannot be run, each of which says why: distribute() takes a cluster.
use constant NOT_RUN => 1;

# PAGES="docs/security.md docs/cookbook.md": these alone
my @only = split ' ', $ENV{PAGES} // '';

# A page whose example takes a mail server finds one here: mia's relay and mailbox, whose password is "secret".
my $mailbox = start_mail('mia');
my $relay = start_smtpd($mailbox->certificate, '--login', 'mia@example.org:secret');
local %ENV = (%ENV, MAIL_RELAY => 'smtp://localhost:' . $relay->port, MAIL_INBOX => $mailbox->url, MAIL_LMTP => $mailbox->lmtp_port);

# Each page has databases of its own, with workers in them.
my $node = new_node('campaign.recheck' => '1d', 'campaign.ca_file' => $mailbox->authority, 'campaign.max_databases' => 64, max_worker_processes => 100);
my $skipped = 0;
for my $file ('README.md', sort glob 'docs/*.md')
{
	next if @only && !grep { $_ eq $file } @only;
	my $page = CampaignPage->read($file);
	next if !$page->shown;
	my @problems = $page->run($node);
	is(join("\n", @problems), '', "$file: all that it shows comes");
	$skipped += $page->skipped;
	next if !@problems;
	open my $out, '>', "$PostgreSQL::Test::Utils::log_path/" . ($file =~ s{.*/}{}r) or die "could not write the page: $!";
	print $out encode_utf8($page->renewed);
	close $out;
}
is($skipped, NOT_RUN, 'as many blocks are not run as is known of') if !@only;

$node->stop('fast');
done_testing();
