#include "outside/files.hpp"
#include "steps/lastgood/finding.hpp"

#include <gtest/gtest.h>

namespace lastgood {
namespace {

class SecretsInATree : public testing::Test {
  protected:
    void write(const std::string& path, const std::string& text) { replace_file(m_tree.path() / path, text); }
    std::vector<std::string> found() const {
        std::vector<std::string> sentences;
        for (const auto& finding : secrets_in(m_tree.path())) sentences.push_back(finding.sentence);
        return sentences;
    }

    TemporaryDirectory m_tree{"lastgood-test-"};
};

TEST_F(SecretsInATree, AreFilesOfCredentialsAndWhatLooksLikeThem) {
    // Put together here, so that nobody finds them in this repository.
    write("set_credentials.py", "import os");
    write("deploy/.env", "A=1");
    write("settings.py", std::string("DATABASES = {'PASSWORD': os.environ['DATABASE_") + "PASSWORD'] = 'swordfish'}");
    write("manage.py", std::string("os.environ['DATABASE_URL'] = 'postgres://shop:") + "swordfish@db.shop.com/shop'");
    write("key.txt", std::string("-----BEGIN RSA PRIVATE ") + "KEY-----");
    write("aws.cfg", std::string("id = AKIA") + "ABCDEFGHIJKLMNOP");
    EXPECT_EQ(found(),
              (std::vector<std::string>{
                  "aws.cfg holds an access key of AWS", "deploy/.env is a file of credentials",
                  "key.txt holds a private key", "manage.py holds a database's URL with a password",
                  "set_credentials.py is a file of credentials", "settings.py holds a password of the database"}));
}

TEST_F(SecretsInATree, AreNotWhatComesFromTheEnvironmentOrIsAnExample) {
    write(".env.example", "DATABASE_URL=postgres://user:password@localhost/app");
    write("settings.py",
          "PASSWORD = os.environ['DATABASE_PASSWORD']\nurl = f'postgres://{user}:{password}@{host}/app'");
    write("compose.yaml", "DATABASE_URL: postgres://app:app@db/app\nDATABASE_PASSWORD: ${DATABASE_PASSWORD}");
    write("README.md", "set DATABASE_PASSWORD, then run; postgres://app:secret@127.0.0.1:5432/app");
    write("ca.pem", "-----BEGIN CERTIFICATE-----");
    EXPECT_EQ(found(), std::vector<std::string>{});
}

}  // namespace
}  // namespace lastgood
